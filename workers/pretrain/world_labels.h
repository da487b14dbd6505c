// The rendered world as dense labels for the vision tower: which heads there are, and scene by
// scene the pixels and what is to be said at which patch.
#pragma once

#include <cstdint>
#include <vector>

#include "workers/llava/tower_trainer.h"

namespace flywheel::pretrain {

std::vector<llava::DenseHead> WorldHeads();

// Scene `index` of the stream that `seed` names.
llava::DenseSource WorldLabels(uint64_t seed);

}  // namespace flywheel::pretrain
