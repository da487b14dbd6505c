// LlavaConfig: the shape of a model, as config.json of the Hugging Face layout says it: a
// CLIP-style vision tower, a two-layer projector and a LLaMA-style decoder. Members beyond that
// layout (the convolutional stem, the position table after the projector, restarting positions)
// default to what published checkpoints are. Holds no weights and knows no tensors.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace flywheel::llava {

enum class Stem {
  kPatch,  // one convolution with stride patch_size, as CLIP has it
  kConv,   // 3x3 convolutions with batch normalisation between them
};

struct StemLayer {
  int64_t channels = 0;
  int64_t stride = 1;
  bool operator==(const StemLayer&) const = default;
};

struct VisionConfig {
  int64_t hidden_size = 1024;
  int64_t intermediate_size = 4096;
  int64_t num_hidden_layers = 24;
  int64_t num_attention_heads = 16;
  int64_t image_size = 336;
  int64_t patch_size = 14;
  std::string hidden_act = "quick_gelu";  // or "gelu"
  double layer_norm_eps = 1e-5;
  std::vector<double> image_mean = {0.48145466, 0.4578275, 0.40821073};
  std::vector<double> image_std = {0.26862954, 0.26130258, 0.27577711};
  Stem stem = Stem::kPatch;
  std::vector<StemLayer> stem_layers;  // for kConv: strides multiply to patch_size
  bool class_token = true;
  bool pre_layernorm = true;
  bool feature_layernorm = false;  // post_layernorm over the selected features

  int64_t grid() const { return image_size / patch_size; }
  int64_t patches() const { return grid() * grid(); }
  bool operator==(const VisionConfig&) const = default;
};

struct TextConfig {
  int64_t hidden_size = 4096;
  int64_t intermediate_size = 11008;
  int64_t num_hidden_layers = 32;
  int64_t num_attention_heads = 32;
  int64_t num_key_value_heads = 32;
  int64_t vocab_size = 32064;
  int64_t max_position_embeddings = 4096;
  double rms_norm_eps = 1e-5;
  double rope_theta = 10000;

  int64_t head_dim() const { return hidden_size / num_attention_heads; }
  bool operator==(const TextConfig&) const = default;
};

struct LlavaConfig {
  VisionConfig vision;
  TextConfig text;
  // Which hidden state of the tower is the image: -1 the last, -2 the one before (LLaVA-1.5).
  int64_t vision_feature_layer = -2;
  // A learned table [patches, text.hidden_size] added to the projected image.
  bool projector_position_embedding = false;
  // Position at which every question begins; 0 continues after the image.
  int64_t turn_position_start = 0;
  // How weights are written: "float16", "bfloat16" or "float32".
  std::string torch_dtype = "float16";

  int64_t image_tokens() const { return vision.patches(); }
  bool operator==(const LlavaConfig&) const = default;
};

// Tokens that a question with its answer may have.
int64_t LongestText(const LlavaConfig& config);

// Strict: a wrong type, an impossible value or a member unknown to the layout is INVALID_ARGUMENT
// that names it. `source` names the file in errors.
Result<LlavaConfig> LlavaConfigFromJson(const nlohmann::json& value, const std::string& source);
nlohmann::json ToJson(const LlavaConfig& config);

}  // namespace flywheel::llava
