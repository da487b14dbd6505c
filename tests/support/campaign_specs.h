// Campaign specs for tests: complete, valid, small. They name no file that exists.
#pragma once

#include <string>

#include "orchestrator/core/input.h"
#include "orchestrator/core/spec.h"

namespace flywheel {

// Two iterations on a small world with an exact test; every task wants one cpu.
CampaignSpec SmallSpec(const std::string& display_name);

// A create of it, without a request id.
CreateCampaign CreateOf(CampaignSpec spec);

}  // namespace flywheel
