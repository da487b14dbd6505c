// Bytes of images to tensors and cached features to tensors. For workers/llava only.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "workers/llava/features.h"

namespace flywheel::llava {

// rgb: count images of side x side pixels, interleaved -> [count, 3, side, side], 0 to 255.
at::Tensor ImagesToTensor(std::span<const uint8_t> rgb, int64_t count, int64_t side);

// Features of the named images, one after another: [count * patches, width], float32.
at::Tensor GatherFeatures(const FeatureCache& cache, std::span<const int32_t> images,
                          int64_t width);

}  // namespace flywheel::llava
