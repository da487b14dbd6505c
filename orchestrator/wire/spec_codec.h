// A campaign's spec to and from campaign.proto. Sections that the core does not read stay JSON on
// the core's side. Checks nothing: that is campaign_spec_check's and the core's business.
#pragma once

#include <string>

#include "base/result.h"
#include "flywheel/v1/campaign.pb.h"
#include "orchestrator/core/spec.h"

namespace flywheel {

Result<CampaignSpec> FromProto(const v1::CampaignSpec& message);
// INVALID_ARGUMENT when a section is not what campaign.proto says: a spec of another version.
Result<v1::CampaignSpec> ToProto(const CampaignSpec& spec);

StagePolicies FromProto(const v1::StagePolicies& message);
v1::StagePolicies ToProto(const StagePolicies& policies);

// SHA-256 of the message: equal for equal specs, whatever the order of their maps.
std::string SpecDigest(const v1::CampaignSpec& message);

}  // namespace flywheel
