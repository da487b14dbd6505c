#include "tests/unit/llava/tiny_model.h"

#include "base/check.h"

namespace flywheel::llava {

LlavaConfig SmallConfig() {
  LlavaConfig config;
  config.vision = {.hidden_size = 16,
                   .intermediate_size = 24,
                   .num_hidden_layers = 1,
                   .num_attention_heads = 2,
                   .image_size = 16,
                   .patch_size = 4,
                   .hidden_act = "gelu",
                   .layer_norm_eps = 1e-5,
                   .image_mean = {0.5, 0.5, 0.5},
                   .image_std = {0.25, 0.25, 0.25},
                   .stem = Stem::kConv,
                   .stem_layers = {{8, 2}, {16, 2}},
                   .class_token = false,
                   .pre_layernorm = false,
                   .feature_layernorm = true};
  config.text = {.hidden_size = 16,
                 .intermediate_size = 24,
                 .num_hidden_layers = 2,
                 .num_attention_heads = 2,
                 .num_key_value_heads = 2,
                 .vocab_size = kTestVocabulary,
                 .max_position_embeddings = 64,
                 .rms_norm_eps = 1e-5,
                 .rope_theta = 10000};
  config.vision_feature_layer = -1;
  config.projector_position_embedding = true;
  config.turn_position_start = 20;
  config.torch_dtype = "float32";
  return config;
}

LlavaConfig PublishedConfig() {
  LlavaConfig config = SmallConfig();
  config.vision.hidden_act = "quick_gelu";
  config.vision.num_hidden_layers = 2;
  config.vision.stem = Stem::kPatch;
  config.vision.stem_layers.clear();
  config.vision.class_token = true;
  config.vision.pre_layernorm = true;
  config.vision.feature_layernorm = false;
  config.text.num_key_value_heads = 1;
  config.vision_feature_layer = -2;
  config.projector_position_embedding = false;
  config.turn_position_start = 0;
  return config;
}

std::vector<int32_t> RandomTokens(Rng* rng, int64_t count) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<int32_t>(rng->Below(kTestVocabulary)));
  }
  return tokens;
}

FeatureCache RandomFeatures(const LlavaModel& model, int64_t images, uint64_t seed) {
  auto features = EncodeImages(model, images,
                               [seed](int64_t index, std::span<uint8_t> rgb) {
                                 Rng rng(DeriveSeed(seed, static_cast<uint64_t>(index)));
                                 for (uint8_t& byte : rgb)
                                   byte = static_cast<uint8_t>(rng.Below(256));
                                 return OkStatus();
                               },
                               {.threads = 1, .proceed = {}});
  FW_CHECK(features.ok(), "random pixels are encoded");
  return *std::move(features);
}

std::vector<TrainingRow> RandomRows(Rng* rng, int32_t images, int turns) {
  std::vector<TrainingRow> rows;
  for (int32_t i = 0; i < images; ++i) {
    TrainingRow& row = rows.emplace_back();
    row.image = i;
    for (int t = 0; t < turns; ++t) {
      row.turns.push_back(
          {RandomTokens(rng, rng->Between(2, 5)), RandomTokens(rng, rng->Between(1, 3))});
    }
  }
  return rows;
}

}  // namespace flywheel::llava
