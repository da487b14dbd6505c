// The analyze task: the champion's answers on the steer split become the weights of the next
// training set and the list of bad cases. Reads the steer split only.
#pragma once

#include <nlohmann/json.hpp>

#include "analyzers/weights.h"
#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

// Inputs questions (the steer folder) and answers; parameter `weights` (WeightPolicy); outputs
// `analysis` and `bad_cases`. INVALID_ARGUMENT when answers and questions do not fit together or
// every weight is zero.
Result<TaskResult> RunAnalyze(TaskContext& context);

// The WeightPolicy message in protobuf's JSON form. `where` names it in errors.
Result<WeightPolicy> WeightPolicyFromJson(const nlohmann::json& value, const std::string& where);

}  // namespace flywheel
