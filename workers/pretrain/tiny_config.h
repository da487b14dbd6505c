// The shape of the tiny model: small enough to ship and to train on two cores in minutes.
#pragma once

#include "workers/llava/config.h"

namespace flywheel::pretrain {

llava::LlavaConfig TinyConfig(int64_t vocabulary);

}  // namespace flywheel::pretrain
