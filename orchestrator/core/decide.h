// Decide: what follows from an input. Pure: state in, events out, numbered and timed. A command or
// an observation decides only what it says itself; a Tick decides everything that follows: what was
// lost, which stage comes next, which attempts start. A turn ends with a Tick. The caller has
// called Observe or ForgetSilent (core/apply.h) before.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/draft.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/input.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

struct Decision {
  std::vector<Event> events;
  // The campaign that a command was about; for a create the one that exists now.
  int64_t campaign = 0;
};

// A refused command or a refused result of an attempt (stale token, unknown attempt) is a Status;
// other stale observations decide to nothing. Codes of commands: campaign_service.proto.
Result<Decision> Decide(const LoopState& state, const Input& input, TimeMs now);

// The same on a draft: what is decided is emitted there; nothing is, when it is refused. Returns
// the campaign. For whoever decides much at once.
Result<int64_t> Decide(Draft& draft, const Input& input);

// What a create would be refused for, without creating: INVALID_ARGUMENT or ALREADY_EXISTS.
Status CheckCreate(const LoopState& state, const CreateCampaign& create);

}  // namespace flywheel
