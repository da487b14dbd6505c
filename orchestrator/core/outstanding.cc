#include "orchestrator/core/outstanding.h"

#include <algorithm>

#include "orchestrator/core/admission.h"
#include "orchestrator/core/deadlines.h"

namespace flywheel {
namespace {

// How long to wait for workers that should exist before asking for them again.
constexpr TimeMs kAskAgainMs = 1000;

void Earlier(std::optional<TimeMs>& wake, TimeMs at) { wake = std::min(wake.value_or(at), at); }

// The task that is meant to run as this attempt with this token, or null.
const Task* MeantToRun(const LoopState& state, const AttemptId& id, int64_t fencing_token) {
  const CampaignState* campaign = state.Find(id.task.campaign);
  if (campaign == nullptr || IsFinal(campaign->phase)) return nullptr;
  const Task* task = campaign->FindTask(id.task);
  const Attempt* running = task == nullptr ? nullptr : task->running();
  if (running == nullptr || running->number != id.attempt) return nullptr;
  return running->fencing_token == fencing_token && !ShouldStop(*campaign) ? task : nullptr;
}

void WantOfWorker(const LoopState& state, const WorkerState& worker, Wants& wants) {
  if (!worker.connected) return;
  for (const auto& [id, holding] : worker.holding) {
    const Task* task = MeantToRun(state, id, holding.fencing_token);
    if (task == nullptr) {
      wants.stop.push_back({worker.hello.worker, worker.connection, id, holding.fencing_token});
    } else if (!holding.reported) {
      wants.run.push_back(
          {worker.hello.worker, worker.connection, id, holding.fencing_token, task->spec});
    }
  }
}

// When ForgetSilent may have something to forget. Attempts that are lost but still run hold workers
// too: their end must be noticed so that the worker is used again.
void WakeForWorkers(const LoopState& state, TimeMs now, std::optional<TimeMs>& wake) {
  for (const auto& [name, worker] : state.workers) {
    const TimeMs lease = state.config.lease_ms;
    if (!worker.connected || (!worker.holding.empty() && now < worker.heard_ms + lease)) {
      Earlier(wake, worker.heard_ms + lease);
    } else if (!worker.holding.empty()) {
      Earlier(wake, worker.heard_ms + kLeasesToForget * lease);
    }
  }
}

void WakeForCampaigns(const LoopState& state, const Agenda& agenda, TimeMs now,
                      std::optional<TimeMs>& wake) {
  agenda.ForEachRunning([&](const Agenda::Entry& entry) {
    for (const RunningAttemptView& running : entry.running) {
      Earlier(wake, GoneDeadline(state, running));
    }
  });
  agenda.ForEachDelayed([&](const Agenda::Entry& entry) {
    for (const Task* task : entry.waiting) {
      if (task->not_before_ms > now) Earlier(wake, task->not_before_ms);
    }
  });
}

int32_t BusyWorkers(const LoopState& state, const Agenda& agenda) {
  int64_t busy = static_cast<int64_t>(Homeless(state, agenda).size());
  for (const auto& [name, worker] : state.workers) {
    const std::string& host = state.config.capacity.host;
    if (!worker.holding.empty() && (host.empty() || worker.hello.host == host)) ++busy;
  }
  return static_cast<int32_t>(busy);
}

}  // namespace

Wants Outstanding(const LoopState& state, const Agenda& agenda, TimeMs now) {
  Wants wants;
  for (const auto& [name, worker] : state.workers) WantOfWorker(state, worker, wants);
  WakeForWorkers(state, now, wants.wake_ms);
  WakeForCampaigns(state, agenda, now, wants.wake_ms);
  const int32_t most = state.config.capacity.max_workers;
  const int32_t startable = most > 0 ? Startable(state, agenda, now) : 0;
  wants.workers = std::min(most, BusyWorkers(state, agenda) + startable);
  if (startable > 0) Earlier(wants.wake_ms, now + kAskAgainMs);
  return wants;
}

}  // namespace flywheel
