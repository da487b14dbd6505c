// What a failed attempt means: who is to blame, whether and when the task is tried again.
#pragma once

#include "orchestrator/core/campaign.h"
#include "orchestrator/core/input.h"

namespace flywheel {

// Whom a failure that a worker reported counts against. `policy` is that of the task's stage.
FailureKind Classify(const AttemptFailure& failure, const StagePolicy& policy);

struct Retry {
  std::optional<TimeMs> at_ms;  // absent: no further attempt
  std::string why;              // "tried again in 1.2 s (failure 1 of 3)"
};

// Exponential back-off with jitter from half to the whole of it, the jitter a function of the
// campaign's seed and the attempt. `task`'s last attempt is the one that fails now.
Retry DecideRetry(const CampaignState& campaign, const Task& task, FailureKind kind, TimeMs now);

}  // namespace flywheel
