// The wish that a running task ends, from whichever thread has it, to the thread that supervises
// the task. The first wish counts.
#pragma once

#include <mutex>
#include <optional>
#include <string>

namespace flywheel {

class StopWish {
 public:
  struct Wish {
    std::string reason;
    // Cancelled by the daemon or with the worker; not the task's fault.
    bool cancelled = true;
  };

  StopWish();
  ~StopWish();
  StopWish(const StopWish&) = delete;
  StopWish& operator=(const StopWish&) = delete;

  void Make(Wish wish);
  std::optional<Wish> wish() const;
  // Becomes readable with the wish, and stays so.
  int fd() const { return fd_; }

 private:
  int fd_;
  mutable std::mutex mutex_;
  std::optional<Wish> wish_;  // guarded
};

}  // namespace flywheel
