// What the worker's one deciding thread is told by its others: a queue with a wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/status.h"
#include "flywheel/v1/worker_service.pb.h"

namespace flywheel {

// The stream broke, or could not be made.
struct Disconnected {
  Status status;
};
struct AttemptEnded {
  v1::Finished finished;
};
// SIGTERM or SIGINT to the worker.
struct StopAsked {};

using AgentEvent = std::variant<v1::DaemonMessage, Disconnected, AttemptEnded, StopAsked>;

class Mailbox {
 public:
  void Post(AgentEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    changed_.notify_one();
  }

  // The oldest event, or nothing after `timeout_s`.
  std::optional<AgentEvent> Take(double timeout_s) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(timeout_s),
                      [&] { return !events_.empty(); });
    if (events_.empty()) return std::nullopt;
    AgentEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AgentEvent> events_;  // guarded; bounded by what the daemon says to one worker
};

}  // namespace flywheel
