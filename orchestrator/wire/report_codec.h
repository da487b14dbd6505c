// A campaign's report (core/report.h) as report.proto. One way only.
#pragma once

#include "flywheel/v1/report.pb.h"
#include "orchestrator/core/report.h"

namespace flywheel {

v1::CampaignReport ToProto(const CampaignReport& report);

}  // namespace flywheel
