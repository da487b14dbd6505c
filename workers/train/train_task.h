// The train task: continues a model on a training set. Reads the artifacts `model` and
// `training_set`, writes `model` and `loss` (docs/tasks.md). A run that was stopped goes on from
// its checkpoint in a later attempt of the same task, bit for bit.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

Result<TaskResult> RunTrain(TaskContext& context);

}  // namespace flywheel
