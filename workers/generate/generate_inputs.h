// What the generate task reads besides its parameters: bank, benchmark's fingerprints, analysis and
// what was trained on before.
#pragma once

#include <vector>

#include "base/records/summaries.h"
#include "base/result.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "workers/generate/training_set.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

struct GenerateInputs {
  std::vector<SceneGraph> bank;
  Fingerprints benchmark;
  AnalysisSummary analysis;
  EarlierData earlier;
};

// INVALID_ARGUMENT names file and line of what is damaged.
Result<GenerateInputs> ReadGenerateInputs(const TaskContext& context);

}  // namespace flywheel
