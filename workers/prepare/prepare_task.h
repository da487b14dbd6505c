// The prepare task: reads or renders everything that the campaign needs, validates every record,
// and writes the artifacts that all later tasks read. What it refuses ends the campaign before
// anything is spent; a dry run of a campaign is this task in a temporary folder.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

// Parameters data_root, data (DataSpec), model (ModelSpec), gate (GateSpec) and, where known,
// iterations (the looks that share the gate's alpha); outputs model, steer, gate (unless it is
// empty), sealed (likewise), bank, fingerprints. INVALID_ARGUMENT or NOT_FOUND name the file, the
// record and what was expected.
Result<TaskResult> RunPrepare(TaskContext& context);

}  // namespace flywheel
