// What is known about workers. Silence is judged in ForgetSilent alone, after everything that was
// heard in a turn, so that a daemon that was held up itself does not declare its workers dead.
#include <fmt/format.h>

#include "orchestrator/core/apply.h"

namespace flywheel {
namespace {

std::string DiskLowReason(int64_t free_mb) {
  return fmt::format("the disk is nearly full: {} MiB are free where the state lies", free_mb);
}

struct Observer {
  LoopState& state;
  TimeMs now;

  void operator()(const WorkerConnected& connected) {
    const WorkerHello& hello = connected.hello;
    WorkerState& worker = state.workers[hello.worker];
    if (connected.connection < worker.connection) return;
    // The worker's own list is the truth about what it holds; telemetry survives a reconnection.
    std::map<AttemptId, Holding> before = std::move(worker.holding);
    worker = {.hello = hello,
              .connection = connected.connection,
              .connected = true,
              .heard_ms = now,
              .ended = {},
              .holding = {}};
    for (const auto* list : {&hello.running, &hello.finished}) {
      for (const HeldAttempt& held : *list) {
        Holding& holding = worker.holding[held.attempt];
        holding = {.fencing_token = held.fencing_token,
                   .reported_ms = now,
                   .reported = true,
                   .progress = {}};
        const auto old = before.find(held.attempt);
        if (old != before.end()) holding.progress = old->second.progress;
      }
    }
    worker.hello.running.clear();
    worker.hello.finished.clear();
  }

  void operator()(const WorkerHeard& heard) {
    const auto found = state.workers.find(heard.worker);
    if (found == state.workers.end() || found->second.connection != heard.connection) return;
    found->second.heard_ms = now;
    for (const HeldAttempt& held : heard.running) {
      Holding& holding = found->second.holding[held.attempt];
      holding.fencing_token = held.fencing_token;
      holding.reported_ms = now;
      holding.reported = true;
    }
  }

  void operator()(const WorkerDisconnected& disconnected) {
    const auto found = state.workers.find(disconnected.worker);
    if (found == state.workers.end()) return;
    if (found->second.connection != disconnected.connection) return;
    if (found->second.holding.empty()) {
      state.workers.erase(found);
    } else {
      found->second.connected = false;
    }
  }

  void operator()(const WorkerEnded& ended) {
    WorkerState& worker = state.workers[ended.worker];
    worker.hello.worker = ended.worker;
    worker.connected = false;
    worker.ended = ended.reason.empty() ? "its process is gone" : ended.reason;
    worker.heard_ms = now;
    worker.holding.clear();
  }

  void operator()(const AttemptProgressed& progressed) {
    const auto found = state.workers.find(progressed.worker);
    if (found == state.workers.end()) return;
    // Also of an attempt that was given up while the worker was silent: it occupies the worker.
    found->second.heard_ms = now;
    auto& holding = found->second.holding;
    const auto known = holding.find(progressed.attempt);
    if (known != holding.end() && known->second.fencing_token != progressed.fencing_token) return;
    holding[progressed.attempt] = {.fencing_token = progressed.fencing_token,
                                   .reported_ms = now,
                                   .reported = true,
                                   .progress = progressed.progress};
  }

  void operator()(const DiskSeen& seen) {
    state.disk_low = seen.low ? DiskLowReason(seen.free_mb) : "";
  }

  void operator()(const AttemptFinished& finished) {
    const auto found = state.workers.find(finished.worker);
    if (found == state.workers.end()) return;
    found->second.heard_ms = now;
    const auto holding = found->second.holding.find(finished.attempt);
    if (holding == found->second.holding.end()) return;
    if (holding->second.fencing_token == finished.fencing_token)
      found->second.holding.erase(holding);
  }
};

}  // namespace

void Observe(LoopState& state, const Observation& observation, TimeMs now) {
  std::visit(Observer{state, now}, observation);
}

void ForgetSilent(LoopState& state, TimeMs now) {
  const TimeMs lease = state.config.lease_ms;
  std::erase_if(state.workers, [&](const auto& entry) {
    return !entry.second.connected && now >= entry.second.heard_ms + lease;
  });
  // A connected worker stays even when it is silent, and with it for a while what it holds: its
  // attempts are lost, but they may still run and use what they were given.
  for (auto& [name, worker] : state.workers) {
    if (!worker.connected) continue;
    if (now >= worker.heard_ms + kLeasesToForget * lease) worker.holding.clear();
    if (now >= worker.heard_ms + lease) continue;
    // What it has not named for a lease of talking; while it is silent it may just not have read
    // the assignment yet.
    std::erase_if(worker.holding, [&, heard = worker.heard_ms](const auto& entry) {
      return heard >= entry.second.reported_ms + lease;
    });
  }
}

}  // namespace flywheel
