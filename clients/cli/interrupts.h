// Ctrl-C and its relatives (SIGINT, SIGTERM, SIGHUP) as events on a thread of their own, where code
// may do what it likes. Make one at the start of a command, before any other thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace flywheel {

class Interrupts {
 public:
  Interrupts();
  // Signals act as before again.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // How often people asked to stop.
  int count() const { return count_.load(); }

  // Called at each signal, on the thread of the signals, and at once for those that came before.
  // Replaces the last callback; an empty one takes it away. Never runs after this returned for
  // another callback.
  void OnInterrupt(std::function<void()> callback);

  // Waits until count() reaches `count` or the time is over.
  void WaitFor(double seconds, int count);

 private:
  void Listen();

  std::atomic<int> count_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> callback_;
  int stop_fd_ = -1;
  int signal_fd_ = -1;
  std::thread thread_;
};

}  // namespace flywheel
