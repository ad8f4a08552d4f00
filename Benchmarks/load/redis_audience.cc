// Redis pub/sub: a TCP connection for each subscriber, as Redis has it, and one that publishes in a pipeline.
#include <cstdio>
#include <cstring>
#include <string_view>

#include "audience.h"

namespace {

constexpr std::string_view kConfirmation = "*3\r\n$9\r\nsubscribe\r\n$6\r\nevents\r\n:1\r\n";
constexpr std::string_view kMessageHead = "*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n$24\r\nSKU-10000000-0-";
constexpr size_t kSeqDigits = 9;
constexpr size_t kMessageBytes = kMessageHead.size() + kSeqDigits + 2;

size_t decode(const char* bytes, size_t count, int64_t& seq) {
  if (count < kMessageBytes) return 0;
  if (std::memcmp(bytes, kMessageHead.data(), kMessageHead.size()) != 0) fail("not the message that was published");
  seq = std::stoll(std::string(bytes + kMessageHead.size(), kSeqDigits));
  return kMessageBytes;
}

class Subscriber final : public Link {
 public:
  Subscriber(int poller, const Address& server, Audience& audience) : Link(poller, server), audience_(audience) {
    send_all("SUBSCRIBE events\r\n", 18);
  }

 protected:
  void received(const char* bytes, size_t count) override {
    const size_t head = std::min(unconfirmed_, count);
    unconfirmed_ -= head;
    if (head > 0 && unconfirmed_ == 0) audience_.subscribed++;
    if (count > head) audience_.deliver(place_, bytes + head, count - head);
  }

 private:
  Audience& audience_;
  Audience::Place place_;
  size_t unconfirmed_ = kConfirmation.size();
};

class Publisher final : public Link {
 public:
  Publisher(int poller, const Address& server, Audience& audience) : Link(poller, server), audience_(audience) {}

  void publish(int count) {
    std::string batch;
    char line[64];
    for (int i = 0; i < count; i++) {
      const int length = std::snprintf(line, sizeof line, "PUBLISH events SKU-10000000-0-%09lld\r\n",
                                       static_cast<long long>(++last_seq_));
      batch.append(line, static_cast<size_t>(length));
    }
    unanswered_ = count;
    send_all(batch.data(), batch.size());
  }

 protected:
  void received(const char* bytes, size_t count) override {
    if (std::memchr(bytes, '-', count)) fail("Redis refused: " + std::string(bytes, count));
    unanswered_ -= std::count(bytes, bytes + count, '\n');
    if (unanswered_ == 0) audience_.published++;
  }

 private:
  Audience& audience_;
  int64_t last_seq_ = 0, unanswered_ = 0;
};

class RedisAudience final : public Audience {
 public:
  RedisAudience(int poller, const Address& server, int count) : Audience(decode), publisher_(poller, server, *this) {
    subscribers = count;
    for (int i = 0; i < count; i++) links_.push_back(std::make_unique<Subscriber>(poller, server, *this));
  }
  void publish(int count) override { publisher_.publish(count); }

 private:
  std::vector<std::unique_ptr<Link>> links_;
  Publisher publisher_;
};

}  // namespace

std::unique_ptr<Audience> redis_audience(int poller, const Address& server, int subscribers) {
  return std::make_unique<RedisAudience>(poller, server, subscribers);
}
