#include "orchestrator/core/deadlines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace flywheel {
namespace {

constexpr TimeMs kNever = std::numeric_limits<TimeMs>::max() / 4;

TimeMs StopDeadline(const LoopState& state, const RunningAttemptView& running) {
  return std::max(state.boot_ms, running.campaign->stop_ms) +
         SecondsToMs(running.task->spec->limits.grace_s) + state.config.lease_ms;
}

// The worker enforces the limit; this is for the case that it does not.
TimeMs LimitDeadline(const LoopState& state, const RunningAttemptView& running) {
  const TaskLimits& limits = running.task->spec->limits;
  if (limits.time_limit_s <= 0) return kNever;
  // Like every clock it restarts with the daemon, whose machine's may have jumped meanwhile.
  return std::max(state.boot_ms, running.attempt->start_ms) + SecondsToMs(limits.time_limit_s) +
         SecondsToMs(limits.grace_s) + state.config.lease_ms;
}

// Of an attempt whose worker is not known.
TimeMs ReturnDeadline(const LoopState& state, const RunningAttemptView& running) {
  return std::max(state.boot_ms, running.attempt->start_ms) + state.config.lease_ms;
}

const Holding* HoldingOf(const WorkerState& worker, const RunningAttemptView& running) {
  const auto found = worker.holding.find(running.task->attempt_id(*running.attempt));
  if (found == worker.holding.end()) return nullptr;
  return found->second.fencing_token == running.attempt->fencing_token ? &found->second : nullptr;
}

std::string SilentReason(const LoopState& state, const std::string& worker) {
  return fmt::format("worker {} was not heard for {:.0f} s", worker,
                     MsToSeconds(state.config.lease_ms));
}

}  // namespace

bool IsEnding(const CampaignState& campaign) {
  return campaign.phase == CampaignPhase::kCancelling || !campaign.doom.empty();
}

bool ShouldStop(const CampaignState& campaign) { return IsEnding(campaign) || campaign.paused_now; }

std::string GoneReason(const LoopState& state, const RunningAttemptView& running, TimeMs now) {
  const std::string& name = running.attempt->worker;
  const auto found = state.workers.find(name);
  if (found == state.workers.end()) {
    return now >= ReturnDeadline(state, running) ? SilentReason(state, name) : "";
  }
  const WorkerState& worker = found->second;
  if (!worker.ended.empty()) return fmt::format("worker {} ended: {}", name, worker.ended);
  if (now >= worker.heard_ms + state.config.lease_ms) return SilentReason(state, name);
  if (HoldingOf(worker, running) == nullptr) {
    return fmt::format("worker {} no longer has it", name);
  }
  if (ShouldStop(*running.campaign) && now >= StopDeadline(state, running)) {
    return fmt::format("worker {} did not confirm the stop", name);
  }
  if (now >= LimitDeadline(state, running)) {
    return fmt::format("worker {} let it run past its time limit of {} s", name,
                       running.task->spec->limits.time_limit_s);
  }
  return "";
}

TimeMs GoneDeadline(const LoopState& state, const RunningAttemptView& running) {
  TimeMs deadline = LimitDeadline(state, running);
  if (ShouldStop(*running.campaign)) deadline = std::min(deadline, StopDeadline(state, running));
  const auto found = state.workers.find(running.attempt->worker);
  if (found == state.workers.end()) return std::min(deadline, ReturnDeadline(state, running));
  const WorkerState& worker = found->second;
  return std::min(deadline, worker.heard_ms + state.config.lease_ms);
}

}  // namespace flywheel
