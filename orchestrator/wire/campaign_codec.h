// What the daemon shows about campaigns and workers: campaign.proto and campaign_service.proto's
// Worker, made from the loop's state. One way only.
#pragma once

#include "base/result.h"
#include "flywheel/v1/campaign.pb.h"
#include "flywheel/v1/campaign_service.pb.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

// `state` gives the progress of the running attempts; the campaign need not be in it (yet).
Result<v1::Campaign> ToProto(const CampaignState& campaign, const LoopState& state);

v1::Worker ToProto(const WorkerState& worker, TimeMs now);

}  // namespace flywheel
