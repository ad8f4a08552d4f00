// Those who watch, and the one who publishes: what the meter needs to know of a protocol.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "link.h"
#include "transcript.h"

class Audience {
 public:
  explicit Audience(Transcript::Decode decode) : transcript(std::move(decode)) {}
  virtual ~Audience() = default;
  // Sends one request, or one batch, that publishes `count` events.
  virtual void publish(int count) = 0;

  Transcript transcript;
  int subscribers = 0;
  int subscribed = 0;   // whose subscription the server has confirmed
  int finished = 0;     // who have the whole round
  int published = 0;    // requests to publish that the server has confirmed
  int64_t told_seq = 0; // last sequence number by the server's own word; 0 when the protocol tells none

  // Where one subscriber stands in the present round.
  struct Place {
    size_t offset = 0;
    int round = 0;
  };

  void begin_round(int events) {
    round_++;
    finished = 0;
    transcript.begin(events);
  }
  void deliver(Place& place, const char* bytes, size_t count) {
    if (round_ == 0) fail("a delivery before anything was published");
    if (place.round != round_) place = {0, round_};
    if (transcript.receive(place.offset, bytes, count)) finished++;
  }

 private:
  int round_ = 0;
};

std::unique_ptr<Audience> grpc_audience(int poller, const Address& server, const std::string& service,
                                        int subscribers, int connections);
std::unique_ptr<Audience> redis_audience(int poller, const Address& server, int subscribers);
