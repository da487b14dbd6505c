// When a campaign ends before its last iteration. Asked after each verdict, so that the last model
// is always evaluated.
#pragma once

#include <string>

#include "orchestrator/core/campaign.h"

namespace flywheel {

// Empty, or why the campaign ends after the verdict of `iteration`, a sentence.
std::string StopReason(const CampaignState& campaign, int32_t iteration);

}  // namespace flywheel
