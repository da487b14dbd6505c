// The vision tower: a ViT as CLIP has it, whose patch embedding may be a small convolutional stem.
// Turns pixels into image features; the projector is not part of it. Batch statistics of the stem
// are used in evaluation and gathered in training.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "workers/llava/attention.h"
#include "workers/llava/config.h"
#include "workers/llava/parameters.h"

namespace flywheel::llava {

std::vector<ParameterSpec> VisionParameters(const LlavaConfig& config);

// Running means and variances of the stem's batch normalisation, by name; empty for a patch stem.
std::vector<ParameterSpec> VisionStatistics(const LlavaConfig& config);

class VisionTower {
 public:
  enum class Mode { kEvaluate, kTrain };

  // `statistics` is read in evaluation and moved towards each batch in training.
  VisionTower(const LlavaConfig& config, const ParameterViews& parameters,
              const ParameterBuffer& statistics);

  // images [B, 3, image_size, image_size], 0 to 255 -> [B * patches, hidden_size].
  at::Tensor Forward(const at::Tensor& images, Mode mode) const;

 private:
  struct Layer {
    at::Tensor norm_1_weight, norm_1_bias;
    at::Tensor qkv_weight, qkv_bias;  // stacked
    at::Tensor out_weight, out_bias;
    at::Tensor norm_2_weight, norm_2_bias;
    at::Tensor fc1_weight, fc1_bias, fc2_weight, fc2_bias;
  };
  struct StemWeights {
    at::Tensor convolution;
    at::Tensor bias;  // of the last layer; others are followed by a normalisation
    at::Tensor norm_weight, norm_bias, mean, variance;
  };

  at::Tensor Embed(const at::Tensor& pixels, Mode mode) const;
  at::Tensor Encode(const Layer& layer, const at::Tensor& x,
                    const std::shared_ptr<const AttentionPlan>& plan) const;
  at::Tensor Norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const;

  LlavaConfig config_;
  at::Tensor mean_, deviation_;  // [1, 3, 1, 1]
  std::vector<StemWeights> stem_;
  at::Tensor class_token_, position_;
  at::Tensor pre_weight_, pre_bias_, post_weight_, post_bias_;
  std::vector<Layer> layers_;  // those the selected hidden state needs
};

}  // namespace flywheel::llava
