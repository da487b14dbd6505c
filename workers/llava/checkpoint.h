// The state of an interrupted training run in one safetensors file: parameters, both moments, the
// loss curve, and which run it belongs to. The data order follows from seed and step, so there is
// no random state to keep.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "workers/llava/optimizer.h"
#include "workers/llava/parameters.h"

namespace flywheel::llava {

struct CheckpointState {
  int64_t step = 0;  // steps done
  std::vector<float> losses;
};

// `run` names everything the run depends on; a checkpoint of another run is not continued.
Status WriteCheckpoint(const std::string& path, const std::string& run,
                       const ParameterBuffer& parameters, const Optimizer& optimizer,
                       const CheckpointState& state);

// Step 0 when there is no checkpoint, or one of another run. INVALID_ARGUMENT when it is damaged.
Result<CheckpointState> ReadCheckpoint(const std::string& path, const std::string& run,
                                       const ParameterBuffer& parameters, Optimizer* optimizer);

}  // namespace flywheel::llava
