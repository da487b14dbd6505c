#include "workers/llava/language.h"

#include <fmt/format.h>

#include <cmath>

#include "workers/llava/operators.h"

namespace flywheel::llava {

std::vector<ParameterSpec> LanguageParameters(const LlavaConfig& config) {
  const TextConfig& text = config.text;
  const int64_t width = text.hidden_size;
  const int64_t image = config.vision.hidden_size;
  const int64_t kv = text.num_key_value_heads * text.head_dim();
  const auto fan_in = [](int64_t inputs) { return 1 / std::sqrt(static_cast<double>(inputs)); };
  const std::string projector = "multi_modal_projector.";
  std::vector<ParameterSpec> specs = {
      {projector + "linear_1.weight", {width, image}, Initial::kNormal, fan_in(image)},
      {projector + "linear_1.bias", {width}, Initial::kZero},
      {projector + "linear_2.weight", {width, width}, Initial::kNormal, fan_in(width)},
      {projector + "linear_2.bias", {width}, Initial::kZero}};
  if (config.projector_position_embedding) {
    specs.push_back(
        {projector + "position_embedding.weight", {config.image_tokens(), width}, Initial::kGrid});
  }
  const std::string model = "language_model.model.";
  specs.push_back(
      {model + "embed_tokens.weight", {text.vocab_size, width}, Initial::kNormal, 0.02});
  for (int64_t i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = fmt::format("{}layers.{}.", model, i);
    const auto matrix = [&](const char* name, int64_t rows, int64_t columns, double scale = 1) {
      specs.push_back({layer + name, {rows, columns}, Initial::kNormal, scale * fan_in(columns)});
    };
    specs.push_back({layer + "input_layernorm.weight", {width}, Initial::kOne});
    matrix("self_attn.q_proj.weight", width, width);
    matrix("self_attn.k_proj.weight", kv, width);
    matrix("self_attn.v_proj.weight", kv, width);
    matrix("self_attn.o_proj.weight", width, width, 0.5);
    specs.push_back({layer + "post_attention_layernorm.weight", {width}, Initial::kOne});
    matrix("mlp.gate_proj.weight", text.intermediate_size, width);
    matrix("mlp.up_proj.weight", text.intermediate_size, width);
    matrix("mlp.down_proj.weight", width, text.intermediate_size, 0.5);
  }
  specs.push_back({model + "norm.weight", {width}, Initial::kOne});
  specs.push_back(
      {"language_model.lm_head.weight", {text.vocab_size, width}, Initial::kNormal, fan_in(width)});
  return specs;
}

RotaryTable::RotaryTable(const TextConfig& config) {
  const int64_t half = config.head_dim() / 2;
  cosine = at::empty({config.max_position_embeddings, half}, at::kFloat);
  sine = at::empty_like(cosine);
  for (int64_t p = 0; p < config.max_position_embeddings; ++p) {
    for (int64_t i = 0; i < half; ++i) {
      const double rate =
          std::pow(config.rope_theta, -static_cast<double>(i) / static_cast<double>(half));
      const double angle = static_cast<double>(p) * rate;
      cosine.data_ptr<float>()[p * half + i] = static_cast<float>(std::cos(angle));
      sine.data_ptr<float>()[p * half + i] = static_cast<float>(std::sin(angle));
    }
  }
}

Language::Language(const LlavaConfig& config, const RotaryTable& rotary,
                   const ParameterViews& parameters)
    : config_(config), rotary_(rotary) {
  const std::string projector = "multi_modal_projector.";
  linear_1_weight_ = parameters.Get(projector + "linear_1.weight");
  linear_1_bias_ = parameters.Get(projector + "linear_1.bias");
  linear_2_weight_ = parameters.Get(projector + "linear_2.weight");
  linear_2_bias_ = parameters.Get(projector + "linear_2.bias");
  if (config.projector_position_embedding) {
    image_position_ = parameters.Get(projector + "position_embedding.weight");
  }
  const std::string model = "language_model.model.";
  embedding_ = parameters.Get(model + "embed_tokens.weight");
  norm_ = parameters.Get(model + "norm.weight");
  head_ = parameters.Get("language_model.lm_head.weight");
  for (int64_t i = 0; i < config.text.num_hidden_layers; ++i) {
    const std::string name = fmt::format("{}layers.{}.", model, i);
    layers_.push_back({parameters.Get(name + "input_layernorm.weight"),
                       parameters.Join(name + "self_attn.q_proj.weight", 3),
                       parameters.Get(name + "self_attn.o_proj.weight"),
                       parameters.Get(name + "post_attention_layernorm.weight"),
                       parameters.Join(name + "mlp.gate_proj.weight", 2),
                       parameters.Get(name + "mlp.down_proj.weight")});
  }
}

at::Tensor Language::Project(const at::Tensor& features) const {
  at::Tensor x = at::addmm(linear_1_bias_, features, linear_1_weight_.t());  // [B*P, D]
  x = at::addmm(linear_2_bias_, at::gelu(x), linear_2_weight_.t());          // [B*P, D]
  if (image_position_.defined()) {
    x = (x.view({-1, image_position_.size(0), image_position_.size(1)}) + image_position_)
            .view_as(x);  // [B*P, D]
  }
  return x;
}

AttentionSpec Language::Spec() const {
  AttentionSpec spec;
  spec.heads = config_.text.num_attention_heads;
  spec.key_value_heads = config_.text.num_key_value_heads;
  spec.head_dim = config_.text.head_dim();
  spec.cosine = rotary_.cosine;
  spec.sine = rotary_.sine;
  return spec;
}

at::Tensor Language::Attend(const Layer& layer, const at::Tensor& x,
                            const PackedBatch& batch) const {
  AttentionSpec spec = Spec();
  spec.plan = batch.plan;
  spec.key_positions = batch.positions;
  const at::Tensor normed = RmsNorm(x, layer.input_norm, config_.text.rms_norm_eps);  // [N, D]
  const at::Tensor packed = at::mm(normed, layer.query_key_value.t());                // [N, 3D]
  return at::addmm(x, PackedAttention(packed, spec), layer.output.t());               // [N, D]
}

at::Tensor Language::AttendSelected(const Layer& layer, const at::Tensor& x,
                                    const at::Tensor& selected, const PackedBatch& batch) const {
  AttentionSpec spec = Spec();
  spec.plan = batch.last_plan;
  spec.key_positions = batch.positions;
  spec.query_positions = batch.selected_positions;
  const int64_t width = config_.text.hidden_size;
  const at::Tensor normed = RmsNorm(x, layer.input_norm, config_.text.rms_norm_eps);  // [N, D]
  const at::Tensor kv_weight =
      layer.query_key_value.narrow(0, width, layer.query_key_value.size(0) - width);  // [2E, D]
  const at::Tensor keys_values = at::mm(normed, kv_weight.t());                       // [N, 2E]
  const at::Tensor queries = at::mm(at::index_select(normed, 0, selected),
                                    layer.query_key_value.narrow(0, 0, width).t());  // [S, D]
  const at::Tensor attended = PackedAttention(queries, keys_values, spec);           // [S, D]
  return at::addmm(at::index_select(x, 0, selected), attended, layer.output.t());    // [S, D]
}

at::Tensor Language::Mlp(const Layer& layer, const at::Tensor& x) const {
  const at::Tensor normed = RmsNorm(x, layer.mlp_norm, config_.text.rms_norm_eps);  // [N, D]
  const at::Tensor gated = SwiGlu(at::mm(normed, layer.gate_up.t()));               // [N, F]
  return at::addmm(x, gated, layer.down.t());                                       // [N, D]
}

at::Tensor Language::Forward(const at::Tensor& features, const PackedBatch& batch) const {
  const at::Tensor words = at::embedding(embedding_, batch.token_ids);  // [T, D]
  at::Tensor x = at::cat({Project(features), words});                   // [N, D]
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = Mlp(layers_[i], Attend(layers_[i], x, batch));  // [N, D]
  }
  // Only the selected tokens' outputs are wanted: the last layer asks for nothing else.
  x = Mlp(layers_.back(), AttendSelected(layers_.back(), x, batch.selected, batch));  // [S, D]
  return at::mm(RmsNorm(x, norm_, config_.text.rms_norm_eps), head_.t());             // [S, V]
}

}  // namespace flywheel::llava
