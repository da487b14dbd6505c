// The good behaviour of fake_task: every kind of task with all its outputs and a plausible summary,
// in milliseconds. A model is skill.json, an accuracy for each question type.
#pragma once

#include "base/io/task_dir.h"
#include "base/records/task.h"
#include "base/result.h"

namespace flywheel::testing {

// Writes the outputs of the spec's kind into `dir`. Deterministic by the spec's seed and inputs.
Result<TaskResult> DoFakeWork(const TaskSpec& spec, const TaskDir& dir);

}  // namespace flywheel::testing
