// One thread that does one thing after the other, and callers that wait for it: how many threads
// share a connection that only one thread may touch. Private to this folder.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace flywheel {

class StoreThread {
 public:
  StoreThread() : thread_([this] { Work(); }) {}
  // Finishes what waits.
  ~StoreThread() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_one();
    thread_.join();
  }
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // Runs `action` on the store thread and returns its result. Every caller waits, so that the queue
  // holds at most one entry a thread of the process. Not for the store thread itself.
  template <typename Action>
  auto Run(Action action) -> std::invoke_result_t<Action> {
    std::packaged_task<std::invoke_result_t<Action>()> task(std::move(action));
    auto result = task.get_future();
    {
      std::lock_guard lock(mutex_);
      waiting_.emplace_back([&task] { task(); });
    }
    ready_.notify_one();
    return result.get();
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
