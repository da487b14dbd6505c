// The language side of LLaVA: the two-layer projector that turns image features into decoder input,
// and the LLaMA decoder (RMSNorm, rotary positions, SwiGLU, untied head). Works on packed tokens
// (packing.h); keeps no state between calls.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "workers/llava/attention.h"
#include "workers/llava/config.h"
#include "workers/llava/packing.h"
#include "workers/llava/parameters.h"

namespace flywheel::llava {

// Parameters of projector and decoder, in the order that Language joins them.
std::vector<ParameterSpec> LanguageParameters(const LlavaConfig& config);

// Angles of rotary positions, [max_position_embeddings, head_dim / 2] each.
struct RotaryTable {
  explicit RotaryTable(const TextConfig& config);
  at::Tensor cosine;
  at::Tensor sine;
};

class Language {
 public:
  Language(const LlavaConfig& config, const RotaryTable& rotary, const ParameterViews& parameters);

  // features [images * image_tokens, vision.hidden_size] -> logits [selected, vocab_size] at the
  // batch's selected tokens.
  at::Tensor Forward(const at::Tensor& features, const PackedBatch& batch) const;

 private:
  struct Layer {
    at::Tensor input_norm;
    at::Tensor query_key_value;  // stacked
    at::Tensor output;
    at::Tensor mlp_norm;
    at::Tensor gate_up;  // stacked
    at::Tensor down;
  };

  at::Tensor Project(const at::Tensor& features) const;
  at::Tensor Attend(const Layer& layer, const at::Tensor& x, const PackedBatch& batch) const;
  at::Tensor AttendSelected(const Layer& layer, const at::Tensor& x, const at::Tensor& selected,
                            const PackedBatch& batch) const;
  at::Tensor Mlp(const Layer& layer, const at::Tensor& x) const;
  AttentionSpec Spec() const;

  LlavaConfig config_;
  RotaryTable rotary_;
  at::Tensor linear_1_weight_, linear_1_bias_, linear_2_weight_, linear_2_bias_, image_position_;
  at::Tensor embedding_, norm_, head_;
  std::vector<Layer> layers_;
};

}  // namespace flywheel::llava
