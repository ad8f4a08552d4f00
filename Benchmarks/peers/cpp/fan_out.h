// Fan-out as one writes it with gRPC C++: a queue of events for each watcher, one write in flight for each.
#pragma once
#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "bench.pb.h"

using SharedEvent = std::shared_ptr<const bench::v1::Event>;

class Watchers;

// One Watch call. Deletes itself when gRPC is done with it.
class Watcher final : public grpc::ServerWriteReactor<bench::v1::Event> {
 public:
  explicit Watcher(Watchers& all);
  void deliver(const SharedEvent& event);
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  void write_next();
  void finish_once();

  Watchers& all_;
  std::mutex mutex_;
  std::deque<SharedEvent> queue_;  // the front is being written while writing_
  bool writing_ = false, left_ = false, finished_ = false;
};

class Watchers {
 public:
  void enter(Watcher* w) {
    std::lock_guard lock(mutex_);
    all_.insert(w);
  }
  void leave(Watcher* w) {
    std::lock_guard lock(mutex_);
    all_.erase(w);
  }
  int64_t publish(int count) {
    std::lock_guard lock(mutex_);
    for (int i = 0; i < count; i++) {
      auto event = std::make_shared<bench::v1::Event>();
      event->set_sku("SKU-10000000-0");
      event->set_available(7);
      event->set_seq(++last_seq_);
      for (auto* w : all_) w->deliver(event);
    }
    return last_seq_;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<Watcher*> all_;
  int64_t last_seq_ = 0;
};

inline Watcher::Watcher(Watchers& all) : all_(all) {
  StartSendInitialMetadata();
  all_.enter(this);
}

inline void Watcher::deliver(const SharedEvent& event) {
  std::lock_guard lock(mutex_);
  if (left_) return;
  queue_.push_back(event);
  if (!writing_) write_next();
}

// The hint lets the transport gather writes while more are waiting: the faster way for gRPC C++.
inline void Watcher::write_next() {
  writing_ = true;
  grpc::WriteOptions options;
  if (queue_.size() > 1) options.set_buffer_hint();
  StartWrite(queue_.front().get(), options);
}

inline void Watcher::OnWriteDone(bool ok) {
  std::lock_guard lock(mutex_);
  writing_ = false;
  queue_.pop_front();
  if (left_) return finish_once();
  if (ok && !queue_.empty()) write_next();  // when it failed, OnCancel comes
}

inline void Watcher::OnCancel() {
  all_.leave(this);
  std::lock_guard lock(mutex_);
  left_ = true;
  if (!writing_) finish_once();
}

inline void Watcher::finish_once() {
  if (finished_) return;
  finished_ = true;
  Finish(grpc::Status::CANCELLED);
}
