// What is known about workers. Silence is judged in ForgetSilent alone, after everything that was
// heard in a turn, so that a daemon that was held up itself does not declare its workers dead.
#include "orchestrator/core/apply.h"

namespace flywheel {
namespace {

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
    Holding* holding = Heard(progressed.worker, progressed.attempt, progressed.fencing_token);
    if (holding == nullptr) return;
    holding->reported_ms = now;
    holding->reported = true;
    holding->progress = progressed.progress;
  }

  void operator()(const AttemptFinished& finished) {
    if (Heard(finished.worker, finished.attempt, finished.fencing_token) == nullptr) return;
    state.workers.at(finished.worker).holding.erase(finished.attempt);
  }

  // The holding that a message of a worker is about; the message is a sign of life.
  Holding* Heard(const std::string& name, const AttemptId& attempt, int64_t fencing_token) {
    const auto found = state.workers.find(name);
    if (found == state.workers.end()) return nullptr;
    found->second.heard_ms = now;
    const auto holding = found->second.holding.find(attempt);
    if (holding == found->second.holding.end()) return nullptr;
    return holding->second.fencing_token == fencing_token ? &holding->second : nullptr;
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
  // A connected worker stays even when it is silent: its stream may come to life again.
  for (auto& [name, worker] : state.workers) {
    if (!worker.connected) continue;
    std::erase_if(worker.holding,
                  [&](const auto& entry) { return now >= entry.second.reported_ms + lease; });
  }
}

}  // namespace flywheel
