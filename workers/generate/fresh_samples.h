// The new samples of one iteration, from all of its sources: weights become quotas, these are
// shared among the sources, and each gives what it can. What is missing or dropped is counted.
#pragma once

#include "base/records/summaries.h"
#include "base/result.h"
#include "generators/sample.h"
#include "workers/generate/generate_inputs.h"
#include "workers/generate/generate_parameters.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

struct FreshSamples {
  Samples samples;            // those of scene graphs first
  GenerationSummary summary;  // without what is replayed
};

// INVALID_ARGUMENT when no source could make a sample.
Result<FreshSamples> MakeFreshSamples(const TaskContext& context,
                                      const GenerateParameters& parameters,
                                      const GenerateInputs& inputs);

}  // namespace flywheel
