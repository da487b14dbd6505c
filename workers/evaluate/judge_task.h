// The judge task: one model's answers on each split, and the champion's on the gate split, become
// the EvaluationSummary that the daemon decides on. Counts and tests only; whether a candidate is
// promoted is the gate's business.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

// Inputs answers_steer, answers_gate?, answers_sealed?, champion_gate?; parameter `scoring`; output
// `evaluation`. INVALID_ARGUMENT when a question was answered on two splits, when a split has no
// answers, or when champion and candidate did not answer the same gate questions.
Result<TaskResult> RunJudge(TaskContext& context);

}  // namespace flywheel
