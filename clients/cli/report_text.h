// A campaign's report as text for people. Shows what the report holds; computes nothing but sums
// and differences of it.
#pragma once

#include <string>

#include "flywheel/v1/report.pb.h"

namespace flywheel {

// The whole report: what became of the campaign, its iterations, types, weights, samples, seconds,
// champion and notes. Parts without content are left out.
std::string RenderReport(const v1::CampaignReport& report);

// The report as programs read it: indented JSON with proto field names. The messages that programs
// rely on (evaluation.steer, .gate, .sealed, gate, generated, seconds) are there in every
// iteration, with zeros where nothing was measured.
std::string RenderReportJson(v1::CampaignReport report);

// The split that `by_type` is over.
std::string TypeSplitName(const v1::CampaignReport& report);

}  // namespace flywheel
