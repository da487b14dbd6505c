// Host: runs the loop on one strand of its own, with a timer for the core's deadlines. Everything
// else in the daemon talks to it from any thread: commands with a reply, observations, watching,
// and a snapshot to read from.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "orchestrator/engine/loop.h"

namespace flywheel {

class Host {
 public:
  Host(LoopPorts ports, LoopConfig config);
  // Stops if that has not been done.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Replays the journal on the calling thread, then starts the strand. `on_fatal` is called at most
  // once, on the strand, when the journal fails: nothing more is decided and the process must
  // end. It must not call Stop itself.
  Status Start(std::function<void(Status)> on_fatal);

  // Called, on a thread of its own, when the journal has saved the state and dropped old events, or
  // could not. Set before Start.
  void OnCompaction(std::function<void(const Status&)> told);

  // Ends watching (UNAVAILABLE), answers what waits with UNAVAILABLE, joins the strand. Idempotent.
  void Stop();

  // The reply comes on the strand and must not block: RESOURCE_EXHAUSTED when the inbox is full,
  // UNAVAILABLE when stopping (these two on the calling thread), else as Decide says.
  void Submit(Command command, CommandReply reply);

  // False: the inbox is full or the host is stopping; the sender says it again later.
  bool Observe(Observation observation);

  // `reply` is called on the strand as soon as it gets there: it turns. Never when stopping.
  void Ping(std::function<void()> reply);

  // Immutable; never waits for a turn.
  Snapshot snapshot() const;

  // The reply comes on the strand; see EventHub::Subscribe. UNAVAILABLE when stopping.
  void Subscribe(WatchRequest request,
                 std::function<void(Result<std::shared_ptr<Subscription>>)> reply);

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

// Wall-clock time as of the start, advanced by the monotonic clock.
class SteadyClock : public Clock {
 public:
  SteadyClock();
  TimeMs Now() const override;

 private:
  int64_t start_wall_ms_;
  int64_t start_steady_ms_;
};

}  // namespace flywheel
