// What a LlavaModel consists of: its parameters in three buffers. For workers/llava only.
#pragma once

#include "workers/llava/config.h"
#include "workers/llava/language.h"
#include "workers/llava/parameters.h"

namespace flywheel::llava {

struct ModelParts {
  explicit ModelParts(const LlavaConfig& model_config);

  LlavaConfig config;
  ParameterBuffer vision;
  ParameterBuffer statistics;  // running, of the stem
  ParameterBuffer language;
  RotaryTable rotary;
};

}  // namespace flywheel::llava
