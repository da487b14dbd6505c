// The score task: a model's ranking of the options of each question of a split. Reads the artifacts
// `model` and `questions`, writes `answers` in question order (docs/tasks.md). Judges nothing.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

Result<TaskResult> RunScore(TaskContext& context);

}  // namespace flywheel
