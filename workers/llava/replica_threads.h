// Threads of data-parallel work, each with single-threaded BLAS: for matrices of this size two such
// threads do more than one product on two cores. Work is handed out by index, so what a thread does
// does not depend on timing.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace flywheel::llava {

class ReplicaThreads {
 public:
  explicit ReplicaThreads(int count);
  ReplicaThreads(const ReplicaThreads&) = delete;
  ReplicaThreads& operator=(const ReplicaThreads&) = delete;
  ~ReplicaThreads();

  int count() const { return static_cast<int>(threads_.size()); }

  // Calls work(0) ... work(count - 1), each on its own thread, and waits for all.
  void Run(const std::function<void(int)>& work);

 private:
  void Loop(int index);

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  const std::function<void(int)>* work_ = nullptr;
  uint64_t turn_ = 0;
  int running_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace flywheel::llava
