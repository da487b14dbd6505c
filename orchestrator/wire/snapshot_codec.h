// A campaign's whole state (core/campaign.h) to and from snapshot.proto: what the journal keeps so
// that a start need not replay every event. Reading gives back exactly what was written.
#pragma once

#include "base/result.h"
#include "flywheel/v1/snapshot.pb.h"
#include "orchestrator/core/campaign.h"

namespace flywheel {

// INTERNAL when a spec's section cannot be written.
Result<v1::CampaignSnapshot> ToSnapshot(const CampaignState& campaign);

// DATA_LOSS names what cannot be read: a stage's or a task's name, or a section of the spec.
Result<CampaignState> FromSnapshot(const v1::CampaignSnapshot& message);

}  // namespace flywheel
