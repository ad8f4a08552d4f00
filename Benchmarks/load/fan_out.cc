// Measures fan-out: opens subscribers, publishes, waits until every one of them has every event, and checks each.
//
// usage: fan-out grpc|redis HOST:PORT PID SUBSCRIBERS CONNECTIONS BURST ROUNDS [SERVICE]
//
// A round publishes BURST events at once and ends when every subscriber has them all. One run of ROUNDS rounds
// warms up, one is measured. Redis has a connection for each subscriber, whatever CONNECTIONS says. PID is the
// server's, for its CPU and memory. Prints one JSON object; ends by itself, with 1 when anything was lost, out of
// order or late by more than a minute.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <fstream>

#include "audience.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kRoundLimit{60}, kOpenLimit{20}, kSettle{0.3};
constexpr int kSubscribersMax = 20'000, kBurstMax = 10'000, kRoundsMax = 10'000;

double cpu_seconds(clockid_t clock) {
  timespec t{};
  if (clock_gettime(clock, &t) != 0) fail("no such process");
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Resident memory of a process, in bytes.
int64_t resident(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  int64_t size = 0, pages = 0;
  file >> size >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

struct Run {
  Seconds wall{0};
  std::vector<double> rounds;  // seconds each
};

Run run(int poller, Audience& audience, int burst, int rounds) {
  Run result;
  for (int i = 0; i < rounds; i++) {
    const int confirmed = audience.published + 1;
    audience.begin_round(burst);
    const auto start = Clock::now();
    audience.publish(burst);
    if (!pump(poller, kRoundLimit, [&] { return audience.finished == audience.subscribers; })) {
      fail(std::to_string(audience.subscribers - audience.finished) + " subscribers did not get everything");
    }
    const Seconds took = Clock::now() - start;
    result.wall += took;
    result.rounds.push_back(took.count());
    if (!pump(poller, kOpenLimit, [&] { return audience.published == confirmed; })) fail("an unanswered publish");
    if (audience.told_seq != 0 && audience.told_seq != audience.transcript.last_seq()) fail("Publish told another seq");
  }
  return result;
}

// The value below which `part` of the values are.
double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(static_cast<double>(values.size()) * part))];
}

int whole(const char* text, int most) {
  const int value = std::atoi(text);
  if (value < 1 || value > most) fail(std::string(text) + ": not from 1 to " + std::to_string(most));
  return value;
}

Address address(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) fail("not HOST:PORT: " + text);
  return {text.substr(0, colon), whole(text.c_str() + colon + 1, 65535)};
}

void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) fail("usage: fan-out grpc|redis HOST:PORT PID SUBSCRIBERS CONNECTIONS BURST ROUNDS [SERVICE]");
  const bool redis = std::string(argv[1]) == "redis";
  const Address server = address(argv[2]);
  const int pid = std::atoi(argv[3]);
  const int subscribers = whole(argv[4], kSubscribersMax), connections = whole(argv[5], subscribers);
  const int burst = whole(argv[6], kBurstMax), rounds = whole(argv[7], kRoundsMax);
  allow_many_descriptors();
  clockid_t server_clock{};
  if (clock_getcpuclockid(pid, &server_clock) != 0) fail("no such process");

  const int64_t before = resident(pid);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  const std::string service = argc > 8 ? argv[8] : "/bench.v1.Bench";
  auto audience = redis ? redis_audience(poller, server, subscribers)
                        : grpc_audience(poller, server, service, subscribers, connections);
  if (!pump(poller, kOpenLimit, [&] { return audience->subscribed == subscribers; })) {
    fail(std::to_string(subscribers - audience->subscribed) + " subscriptions were not confirmed");
  }
  pump(poller, kSettle, [] { return false; });
  const double bytes_each = static_cast<double>(resident(pid) - before) / subscribers;

  run(poller, *audience, burst, std::max(1, rounds / 4));
  const int64_t bytes = Link::received_bytes;
  const double server_cpu = cpu_seconds(server_clock), own_cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const Run measured = run(poller, *audience, burst, rounds);
  const double server_used = cpu_seconds(server_clock) - server_cpu;
  const double own_used = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - own_cpu;

  const double deliveries = static_cast<double>(subscribers) * burst * rounds, wall = measured.wall.count();
  std::printf(
      "{\"rate\": %.1f, \"cpu_us\": %.5f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"server_share\": %.3f, "
      "\"load_share\": %.3f, \"bytes\": %.1f, \"resident_bytes_each\": %.0f}\n",
      deliveries / wall, server_used / deliveries * 1e6, quantile(measured.rounds, 0.5) * 1e6,
      quantile(measured.rounds, 0.99) * 1e6, server_used / wall, own_used / wall,
      static_cast<double>(Link::received_bytes - bytes) / deliveries, bytes_each);
}
