// Deadlines: when a running attempt counts as lost, or a stop as done without the worker's word, so
// that nothing waits for ever. Leases count from the daemon's start where a worker has not been
// heard since.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/core/agenda.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

// Is the campaign being cancelled, or does it fail? Nothing of it is tried again then.
bool IsEnding(const CampaignState& campaign);

// Should its running attempts be stopped: because it is ending, or was paused at once?
bool ShouldStop(const CampaignState& campaign);

// Why the attempt counts as gone now, or empty.
std::string GoneReason(const LoopState& state, const RunningAttemptView& running, TimeMs now);

// When GoneReason must be asked again; only for attempts that it does not call gone now.
TimeMs GoneDeadline(const LoopState& state, const RunningAttemptView& running);

}  // namespace flywheel
