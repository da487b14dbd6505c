#include "workers/llava/replica_threads.h"

#include <ATen/Parallel.h>
#include <cblas.h>
#include <malloc.h>

#include "base/check.h"

namespace flywheel::llava {
namespace {

// Big temporaries come and go in each step; giving them back to the kernel each time costs page
// faults (5 to 10 % of the time).
void KeepFreedMemory() {
  constexpr int kLarge = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace

ReplicaThreads::ReplicaThreads(int count) {
  FW_CHECK(count > 0, "one thread at least");
  KeepFreedMemory();
  openblas_set_num_threads(1);
  at::set_num_threads(1);
  for (int i = 0; i < count; ++i) threads_.emplace_back([this, i] { Loop(i); });
}

ReplicaThreads::~ReplicaThreads() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReplicaThreads::Run(const std::function<void(int)>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  running_ = count();
  ++turn_;
  start_.notify_all();
  done_.wait(lock, [&] { return running_ == 0; });
}

void ReplicaThreads::Loop(int index) {
  at::set_num_threads(1);  // OpenMP keeps this number for each thread
  uint64_t seen = 0;
  while (true) {
    const std::function<void(int)>* work = nullptr;
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stop_ || turn_ != seen; });
      if (stop_) return;
      seen = turn_;
      work = work_;
    }
    (*work)(index);
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) done_.notify_one();
  }
}

}  // namespace flywheel::llava
