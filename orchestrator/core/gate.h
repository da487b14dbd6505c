// The gate: does the candidate become champion? Decided from the judge's numbers and the policy
// alone; it sees no answers.
#pragma once

#include "orchestrator/core/campaign.h"

namespace flywheel {

// The chance of a promotion without any true gain that one look may take: alpha shared equally over
// the campaign's looks, one for each model that it trains.
double AlphaOfLook(const CampaignSpec& spec);

// The verdict on the candidate that `iteration` has just evaluated.
GateVerdict DecideGate(const CampaignState& campaign, int32_t iteration);

}  // namespace flywheel
