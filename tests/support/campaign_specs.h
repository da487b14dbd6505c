// Campaign specs for tests: complete, valid, small. They name no file that exists.
#pragma once

#include <string>

#include "orchestrator/core/input.h"
#include "orchestrator/core/spec.h"

namespace flywheel {

// Two iterations on a small world with an exact test; every task wants one cpu.
CampaignSpec SmallSpec(const std::string& display_name);

// The same with its sections as wire hands them over: every scalar is written out.
CampaignSpec CompleteSpec(const std::string& display_name = "one");

// A create of it, without a request id.
CreateCampaign CreateOf(CampaignSpec spec);

}  // namespace flywheel
