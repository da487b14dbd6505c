// Posted<T>: a bounded inbox that many threads fill and one empties. Nothing waits in it: a full
// inbox refuses, an empty one gives an empty vector.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace flywheel {

template <typename T>
class Posted {
 public:
  explicit Posted(size_t capacity) : capacity_(capacity) {}

  // False when full; `item` is then unchanged. `reserve` places are left for others.
  bool Post(T& item, size_t reserve = 0) {
    std::lock_guard lock(mutex_);
    if (items_.size() + reserve >= capacity_) return false;
    items_.push_back(std::move(item));
    return true;
  }

  // In the order of posting.
  std::vector<T> TakeAll() {
    std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace flywheel
