// The smallest models that still have every part, and random inputs for them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "workers/llava/features.h"
#include "workers/llava/llava_model.h"
#include "workers/llava/samples.h"

namespace flywheel::llava {

inline constexpr int kTestVocabulary = 50;

// A convolutional stem, a position table, restarting positions.
LlavaConfig SmallConfig();
// As published checkpoints are: patch stem, class token, grouped keys and values, the hidden state
// before the last, positions that go on after the image.
LlavaConfig PublishedConfig();

std::vector<int32_t> RandomTokens(Rng* rng, int64_t count);
FeatureCache RandomFeatures(const LlavaModel& model, int64_t images, uint64_t seed);
std::vector<TrainingRow> RandomRows(Rng* rng, int32_t images, int turns);

}  // namespace flywheel::llava
