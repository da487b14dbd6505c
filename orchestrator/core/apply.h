// Apply: how an event changes the state, now and at every replay. Total: no event is refused, an
// event that makes no sense changes nothing but the counters. Observe and ForgetSilent: what is
// known about workers; never journaled, so never about campaigns.
#pragma once

#include <string>

#include "orchestrator/core/loop_state.h"

namespace flywheel {

void Apply(LoopState& state, const Event& event);

// An event of the journal that cannot be read: its place is kept, its campaign is quarantined.
void ApplyUnreadable(LoopState& state, int64_t seq, int64_t campaign, const std::string& error);

// A campaign as the journal kept it, in the place of its events.
void RestoreCampaign(LoopState& state, CampaignState campaign);

void Observe(LoopState& state, const Observation& observation, TimeMs now);

// Drops workers that were cut off and silent for a lease, attempts that a worker which speaks has
// not mentioned for one, and at last those of a connected worker that does not speak. Call it
// before a Tick is decided, after everything that was heard has been observed.
void ForgetSilent(LoopState& state, TimeMs now);

}  // namespace flywheel
