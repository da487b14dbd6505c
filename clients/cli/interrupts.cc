#include "clients/cli/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/check.h"

namespace flywheel {
namespace {

sigset_t InterruptSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t signals = InterruptSignals();
  FW_CHECK(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0, "signals can be blocked");
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  FW_CHECK(signal_fd_ >= 0 && stop_fd_ >= 0, "descriptors for signals can be opened");
  thread_ = std::thread([this] { Listen(); });
}

Interrupts::~Interrupts() {
  const uint64_t one = 1;
  FW_CHECK(::write(stop_fd_, &one, sizeof one) == sizeof one, "an eventfd takes 1");
  thread_.join();
  ::close(stop_fd_);
  ::close(signal_fd_);
  const sigset_t signals = InterruptSignals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interrupts::OnInterrupt(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  callback_ = std::move(callback);
  if (callback_ && count_ > 0) callback_();
}

void Interrupts::WaitFor(double seconds, int count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                    [&] { return count_.load() >= count; });
}

void Interrupts::Listen() {
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  while (true) {
    if (::poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signal_fd_, &info, sizeof info) != sizeof info) continue;
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
    if (callback_) callback_();
  }
}

}  // namespace flywheel
