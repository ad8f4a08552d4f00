// What every subscriber must receive in one round, byte for byte.
//
// The published events are the same for all, so the subscriber that is furthest ahead writes the transcript, its
// events are decoded and checked once, and everybody else's bytes are compared with it. Every delivery is verified
// so, at the speed of memcmp, and the load never becomes the bottleneck of what it measures.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "fail.h"

class Transcript {
 public:
  // Decodes the event at the beginning of `bytes`: returns its length and sets `seq`; 0 when it is not complete yet.
  using Decode = std::function<size_t(const char* bytes, size_t count, int64_t& seq)>;

  explicit Transcript(Decode decode) : decode_(std::move(decode)) {}

  // A round of `events` events begins; whatever was received before belongs to rounds that ended.
  void begin(int events) {
    text_.clear();
    checked_ = 0;
    missing_ = events;
    end_ = kUnknown;
  }

  // One subscriber, who has `offset` bytes of this round, receives `count` more. True when that was the last of them.
  bool receive(size_t& offset, const char* bytes, size_t count) {
    const size_t known = std::min(count, text_.size() - offset);
    if (std::memcmp(text_.data() + offset, bytes, known) != 0) fail("a subscriber got other bytes than the others");
    if (known < count) extend(bytes + known, count - known);
    offset += count;
    if (offset > end_) fail("a subscriber got more than was published");
    return offset == end_;
  }

  // Sequence number of the last event seen in any round; 0 before the first.
  int64_t last_seq() const { return last_seq_; }

 private:
  static constexpr size_t kUnknown = std::numeric_limits<size_t>::max();

  void extend(const char* bytes, size_t count) {
    text_.append(bytes, count);
    int64_t seq = 0;
    while (const size_t length = decode_(text_.data() + checked_, text_.size() - checked_, seq)) {
      if (last_seq_ != 0 && seq != last_seq_ + 1) {
        fail("event " + std::to_string(seq) + " came after " + std::to_string(last_seq_));
      }
      last_seq_ = seq;
      checked_ += length;
      if (--missing_ == 0) end_ = checked_;
      if (missing_ < 0) fail("more events than were published");
    }
  }

  Decode decode_;
  std::string text_;
  size_t checked_ = 0, end_ = 0;
  int missing_ = 0;
  int64_t last_seq_ = 0;
};
