// A TCP connection on loopback, read through one epoll set.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "fail.h"

struct Address {
  std::string host;
  int port;
};

class Link {
 public:
  // Bytes that one call of recv may bring; also what one connection may take of a turn.
  static constexpr size_t kReadBytes = 1 << 18;

  Link(int poller, const Address& address) {
    descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(address.port));
    if (inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) != 1) fail("not an IPv4 address: " + address.host);
    if ((ntohl(to.sin_addr.s_addr) >> 24) != 127) fail("load goes to loopback only");
    if (connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("cannot connect");
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(descriptor_, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor_, &event);
  }
  virtual ~Link() { close(descriptor_); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void readable() {
    static char buffer[kReadBytes];
    const ssize_t count = recv(descriptor_, buffer, sizeof buffer, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) fail("the server closed a connection");
    received_bytes += count;
    received(buffer, static_cast<size_t>(count));
  }

  // By all links.
  static inline int64_t received_bytes = 0;

 protected:
  virtual void received(const char* bytes, size_t count) = 0;

  // What is sent is small (requests): waiting for room is rare and short.
  void send_all(const void* bytes, size_t count) {
    auto* at = static_cast<const char*>(bytes);
    while (count > 0) {
      const ssize_t sent = send(descriptor_, at, count, MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) fail("cannot send");
      if (sent < 0) usleep(100);
      if (sent > 0) at += sent, count -= static_cast<size_t>(sent);
    }
  }

 private:
  int descriptor_;
};

// Reads all links until `met` or until `limit` has passed; true when met.
inline bool pump(int poller, std::chrono::duration<double> limit, const std::function<bool()>& met) {
  const auto end = std::chrono::steady_clock::now() + limit;
  epoll_event events[256];
  while (!met()) {
    const int count = epoll_wait(poller, events, 256, 20);
    for (int i = 0; i < count; i++) static_cast<Link*>(events[i].data.ptr)->readable();
    if (std::chrono::steady_clock::now() > end) return met();
  }
  return true;
}
