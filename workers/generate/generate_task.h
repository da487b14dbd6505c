// The generate task: the weights of the analysis become quotas, the quotas questions about images
// of the bank, the questions training rows, and these with earlier data the next training set.
// Every sample can be followed back to its quota, weight, evaluation and seed.
#pragma once

#include "base/result.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

// Inputs bank, fingerprints, analysis, bad_cases, base_model, dataset_i1, rejected_dataset_i2, ...;
// parameters of generate_parameters.h; outputs dataset and training_set. INVALID_ARGUMENT when an
// input is damaged or the bank serves none of the wanted types.
Result<TaskResult> RunGenerate(TaskContext& context);

}  // namespace flywheel
