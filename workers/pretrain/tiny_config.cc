#include "workers/pretrain/tiny_config.h"

namespace flywheel::pretrain {

llava::LlavaConfig TinyConfig(int64_t vocabulary) {
  llava::LlavaConfig config;
  config.vision = {.hidden_size = 128,
                   .intermediate_size = 384,
                   .num_hidden_layers = 2,
                   .num_attention_heads = 4,
                   .image_size = 64,
                   .patch_size = 8,
                   .hidden_act = "gelu",
                   .layer_norm_eps = 1e-5,
                   .image_mean = {0.5, 0.5, 0.5},
                   .image_std = {0.25, 0.25, 0.25},
                   .stem = llava::Stem::kConv,
                   .stem_layers = {{32, 2}, {64, 2}, {64, 1}, {128, 2}, {128, 1}},
                   .class_token = false,
                   .pre_layernorm = false,
                   .feature_layernorm = true};
  config.text = {.hidden_size = 128,
                 .intermediate_size = 320,
                 .num_hidden_layers = 4,
                 .num_attention_heads = 4,
                 .num_key_value_heads = 4,
                 .vocab_size = vocabulary,
                 .max_position_embeddings = 1024,
                 .rms_norm_eps = 1e-5,
                 .rope_theta = 10000};
  config.vision_feature_layer = -1;
  config.projector_position_embedding = true;
  // Every question begins here, however many came before it.
  config.turn_position_start = 100;
  return config;
}

}  // namespace flywheel::pretrain
