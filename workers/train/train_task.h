// The train task: continues a model on a training set. Reads the artifacts `model` and
// `training_set`, writes `model` and `loss` (docs/tasks.md). A run that was stopped goes on from the
// checkpoint in its scratch folder, or from the input `checkpoint`, bit for bit.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

Result<TaskResult> RunTrain(TaskContext& context);

}  // namespace flywheel
