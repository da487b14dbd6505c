// Turns at something that one thread at a time may touch, in the order in which threads ask: how
// many threads share the journal's connection. Each does its work itself: a thread that did it for
// them would cost two wake-ups a commit. Private to this folder.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <type_traits>

namespace flywheel {

class StoreTurns {
 public:
  // Runs `action` when it is the caller's turn and returns its result. Not from within an action.
  template <typename Action>
  auto Run(Action action) -> std::invoke_result_t<Action> {
    const Turn turn(*this);
    return action();
  }

 private:
  // From its start to its end nobody else has one.
  class Turn {
   public:
    explicit Turn(StoreTurns& turns) : turns_(turns) {
      std::unique_lock lock(turns_.mutex_);
      const int64_t mine = turns_.asked_++;
      turns_.ended_one_.wait(lock, [&] { return turns_.ended_ == mine; });
    }
    ~Turn() {
      // Told with the lock held: afterwards the turns may be gone.
      std::lock_guard lock(turns_.mutex_);
      ++turns_.ended_;
      turns_.ended_one_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    StoreTurns& turns_;
  };

  std::mutex mutex_;
  std::condition_variable ended_one_;
  int64_t asked_ = 0;  // guarded, like the next
  int64_t ended_ = 0;
};

}  // namespace flywheel
