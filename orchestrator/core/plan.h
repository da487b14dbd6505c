// Which tasks a stage consists of: kinds, inputs, parameters and seeds as docs/tasks.md lists them.
// A function of the campaign's state; the campaign's number is not in it, so that equal campaigns
// make equal artifacts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/campaign.h"

namespace flywheel {

// The tasks that can start when the stage starts.
std::vector<TaskSpec> PlanStage(const CampaignState& campaign, int32_t iteration, Stage stage);

// The tasks that the results so far have made possible: the judge of an evaluation. Empty when the
// stage is complete.
std::vector<TaskSpec> PlanMore(const CampaignState& campaign, int32_t iteration, Stage stage);

// Splits that prepare made, in the order steer, gate, sealed.
std::vector<std::string> Splits(const CampaignState& campaign);

// Empty, or what a successful result lacks: an output or the summary that its kind must have.
std::string LacksOf(const TaskSpec& task, const TaskResult& result);

}  // namespace flywheel
