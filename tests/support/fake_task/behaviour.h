// What fake_task is told to do before, or instead of, its work. See README.md for the members.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/io/task_dir.h"
#include "base/records/task.h"
#include "base/result.h"

namespace flywheel::testing {

// The behaviour of this attempt: from the parameters, else from the script, else an empty object.
Result<nlohmann::json> FindBehaviour(const TaskSpec& spec, const std::string& script);

// Does it. The exit code when the process shall end now; nothing when the real work follows.
std::optional<int> Behave(const nlohmann::json& behaviour, const TaskDir& dir);

}  // namespace flywheel::testing
