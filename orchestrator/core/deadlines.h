// Deadlines: when a running attempt counts as lost, or a stop as done without the worker's word, so
// that nothing waits for ever. Leases count from the daemon's start where a worker has not been
// heard since.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/core/loop_state.h"

namespace flywheel {

struct RunningAttemptView {
  const CampaignState* campaign = nullptr;
  const Task* task = nullptr;
  const Attempt* attempt = nullptr;
};

// Should the attempt be stopped: its campaign is being cancelled, or fails?
bool ShouldStop(const CampaignState& campaign);

// Why the attempt counts as gone now, or empty.
std::string GoneReason(const LoopState& state, const RunningAttemptView& running, TimeMs now);

// When GoneReason must be asked again; only for attempts that it does not call gone now.
TimeMs GoneDeadline(const LoopState& state, const RunningAttemptView& running);

}  // namespace flywheel
