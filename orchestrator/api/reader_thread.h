// The thread on which streams and listings read the journal, so that no gRPC thread ever waits for
// the disk and none of the loop's does work for watchers. One is enough: the journal answers one
// question at a time anyway.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace flywheel {

class ReaderThread {
 public:
  ReaderThread() : thread_([this] { Work(); }) {}
  ~ReaderThread() { Stop(); }
  ReaderThread(const ReaderThread&) = delete;
  ReaderThread& operator=(const ReaderThread&) = delete;

  // Never blocks. A stream or a call has at most one action waiting, so that the queue is bounded
  // by their number. After Stop the action is dropped and false returned.
  bool Post(std::function<void()> action) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return false;
      waiting_.push_back(std::move(action));
    }
    ready_.notify_one();
    return true;
  }

  // Does what waits, then ends. Idempotent; not from the thread itself.
  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::function<void()> next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace flywheel
