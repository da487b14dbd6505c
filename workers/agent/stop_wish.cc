#include "workers/agent/stop_wish.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/check.h"

namespace flywheel {

StopWish::StopWish() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  FW_CHECK(fd_ >= 0, "an eventfd needs one free descriptor");
}

StopWish::~StopWish() { ::close(fd_); }

void StopWish::Make(Wish wish) {
  {
    const std::lock_guard lock(mutex_);
    if (wish_) return;
    wish_ = std::move(wish);
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

std::optional<StopWish::Wish> StopWish::wish() const {
  const std::lock_guard lock(mutex_);
  return wish_;
}

}  // namespace flywheel
