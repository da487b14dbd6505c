// The environment of a task process: a short list of what it may inherit, and what makes its output
// depend on nothing but its inputs and seed. Secrets are not passed this way.
#pragma once

#include <string>
#include <vector>

#include "base/io/task_dir.h"
#include "base/records/task.h"

namespace flywheel {

// The variable that marks every process of a task, also those that left its group and session: its
// value is the task directory.
inline constexpr const char* kTaskDirVariable = "FLYWHEEL_TASK_DIR";

// "NAME=value" each. `inherited` is this process's environment, null-terminated.
std::vector<std::string> TaskEnvironment(const TaskSpec& spec, const TaskDir& dir,
                                         const char* const* inherited);

}  // namespace flywheel
