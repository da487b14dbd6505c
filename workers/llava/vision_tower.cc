#include "workers/llava/vision_tower.h"

#include <fmt/format.h>

#include <cmath>

namespace flywheel::llava {
namespace {

constexpr double kBatchNormMomentum = 0.1;
constexpr double kBatchNormEpsilon = 1e-5;

const char kModel[] = "vision_tower.vision_model.";

std::string LayerName(int64_t index) { return fmt::format("{}encoder.layers.{}.", kModel, index); }
std::string StemName(size_t index) { return fmt::format("{}embeddings.stem.{}.", kModel, index); }

double FanIn(int64_t inputs) { return 1 / std::sqrt(static_cast<double>(inputs)); }

void AddNorm(const std::string& name, int64_t width, std::vector<ParameterSpec>* specs) {
  specs->push_back({name + ".weight", {width}, Initial::kOne});
  specs->push_back({name + ".bias", {width}, Initial::kZero});
}

void AddStem(const VisionConfig& vision, std::vector<ParameterSpec>* specs) {
  if (vision.stem == Stem::kPatch) {
    const int64_t side = vision.patch_size;
    specs->push_back({std::string(kModel) + "embeddings.patch_embedding.weight",
                      {vision.hidden_size, 3, side, side},
                      Initial::kNormal,
                      FanIn(3 * side * side)});
    return;
  }
  int64_t inputs = 3;
  for (size_t i = 0; i < vision.stem_layers.size(); ++i) {
    const StemLayer& layer = vision.stem_layers[i];
    specs->push_back({StemName(i) + "conv.weight",
                      {layer.channels, inputs, 3, 3},
                      Initial::kNormal,
                      std::sqrt(2.0) * FanIn(9 * inputs)});
    if (i + 1 < vision.stem_layers.size()) {
      AddNorm(StemName(i) + "norm", layer.channels, specs);
    } else {
      specs->push_back({StemName(i) + "conv.bias", {layer.channels}, Initial::kZero});
    }
    inputs = layer.channels;
  }
}

// Hidden state -1 is what the last layer gives.
int64_t NeededLayers(const LlavaConfig& config) {
  return config.vision.num_hidden_layers + 1 + config.vision_feature_layer;
}

}  // namespace

std::vector<ParameterSpec> VisionParameters(const LlavaConfig& config) {
  const VisionConfig& vision = config.vision;
  const int64_t width = vision.hidden_size;
  const std::string model = kModel;
  std::vector<ParameterSpec> specs;
  if (vision.class_token) {
    specs.push_back({model + "embeddings.class_embedding", {width}, Initial::kNormal, 0.02});
  }
  AddStem(vision, &specs);
  specs.push_back({model + "embeddings.position_embedding.weight",
                   {vision.patches() + (vision.class_token ? 1 : 0), width},
                   Initial::kNormal,
                   0.02});
  // CLIP's own spelling.
  if (vision.pre_layernorm) AddNorm(model + "pre_layrnorm", width, &specs);
  for (int64_t i = 0; i < vision.num_hidden_layers; ++i) {
    const std::string layer = LayerName(i);
    AddNorm(layer + "layer_norm1", width, &specs);
    const auto linear = [&](const std::string& name, int64_t rows, int64_t columns) {
      specs.push_back({layer + name, {rows, columns}, Initial::kNormal, FanIn(columns)});
    };
    for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
      linear(fmt::format("self_attn.{}.weight", part), width, width);
    }
    for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
      specs.push_back({fmt::format("{}self_attn.{}.bias", layer, part), {width}, Initial::kZero});
    }
    linear("self_attn.out_proj.weight", width, width);
    specs.push_back({layer + "self_attn.out_proj.bias", {width}, Initial::kZero});
    AddNorm(layer + "layer_norm2", width, &specs);
    linear("mlp.fc1.weight", vision.intermediate_size, width);
    specs.push_back({layer + "mlp.fc1.bias", {vision.intermediate_size}, Initial::kZero});
    linear("mlp.fc2.weight", width, vision.intermediate_size);
    specs.push_back({layer + "mlp.fc2.bias", {width}, Initial::kZero});
  }
  AddNorm(model + "post_layernorm", width, &specs);
  return specs;
}

std::vector<ParameterSpec> VisionStatistics(const LlavaConfig& config) {
  std::vector<ParameterSpec> specs;
  const std::vector<StemLayer>& layers = config.vision.stem_layers;
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    specs.push_back({StemName(i) + "norm.running_mean", {layers[i].channels}, Initial::kZero});
    specs.push_back({StemName(i) + "norm.running_var", {layers[i].channels}, Initial::kOne});
  }
  return specs;
}

VisionTower::VisionTower(const LlavaConfig& config, const ParameterViews& parameters,
                         const ParameterBuffer& statistics)
    : config_(config) {
  const VisionConfig& vision = config.vision;
  const std::string model = kModel;
  mean_ = at::tensor(vision.image_mean, at::kFloat).mul(255).view({1, 3, 1, 1});
  deviation_ = at::tensor(vision.image_std, at::kFloat).mul(255).view({1, 3, 1, 1});
  if (vision.stem == Stem::kPatch) {
    stem_.push_back(
        {parameters.Get(model + "embeddings.patch_embedding.weight"), {}, {}, {}, {}, {}});
  }
  for (size_t i = 0; i < vision.stem_layers.size(); ++i) {
    StemWeights weights;
    weights.convolution = parameters.Get(StemName(i) + "conv.weight");
    if (i + 1 < vision.stem_layers.size()) {
      weights.norm_weight = parameters.Get(StemName(i) + "norm.weight");
      weights.norm_bias = parameters.Get(StemName(i) + "norm.bias");
      weights.mean = statistics.Get(StemName(i) + "norm.running_mean");
      weights.variance = statistics.Get(StemName(i) + "norm.running_var");
    } else {
      weights.bias = parameters.Get(StemName(i) + "conv.bias");
    }
    stem_.push_back(weights);
  }
  if (vision.class_token) class_token_ = parameters.Get(model + "embeddings.class_embedding");
  position_ = parameters.Get(model + "embeddings.position_embedding.weight");
  if (vision.pre_layernorm) {
    pre_weight_ = parameters.Get(model + "pre_layrnorm.weight");
    pre_bias_ = parameters.Get(model + "pre_layrnorm.bias");
  }
  post_weight_ = parameters.Get(model + "post_layernorm.weight");
  post_bias_ = parameters.Get(model + "post_layernorm.bias");
  for (int64_t i = 0; i < NeededLayers(config); ++i) {
    const std::string name = LayerName(i);
    layers_.push_back(
        {parameters.Get(name + "layer_norm1.weight"), parameters.Get(name + "layer_norm1.bias"),
         parameters.Join(name + "self_attn.q_proj.weight", 3),
         parameters.Join(name + "self_attn.q_proj.bias", 3),
         parameters.Get(name + "self_attn.out_proj.weight"),
         parameters.Get(name + "self_attn.out_proj.bias"),
         parameters.Get(name + "layer_norm2.weight"), parameters.Get(name + "layer_norm2.bias"),
         parameters.Get(name + "mlp.fc1.weight"), parameters.Get(name + "mlp.fc1.bias"),
         parameters.Get(name + "mlp.fc2.weight"), parameters.Get(name + "mlp.fc2.bias")});
  }
}

at::Tensor VisionTower::Norm(const at::Tensor& x, const at::Tensor& weight,
                             const at::Tensor& bias) const {
  return at::layer_norm(x, {config_.vision.hidden_size}, weight, bias,
                        config_.vision.layer_norm_eps);
}

at::Tensor VisionTower::Embed(const at::Tensor& pixels, Mode mode) const {
  const VisionConfig& vision = config_.vision;
  if (vision.stem == Stem::kPatch) {
    return at::conv2d(pixels, stem_[0].convolution, {}, vision.patch_size);  // [B, D, G, G]
  }
  at::Tensor x = pixels;
  for (size_t i = 0; i < stem_.size(); ++i) {
    const StemWeights& stem = stem_[i];
    x = at::conv2d(x, stem.convolution, stem.bias, vision.stem_layers[i].stride, 1);
    if (!stem.norm_weight.defined()) continue;
    x = at::batch_norm(x, stem.norm_weight, stem.norm_bias, stem.mean, stem.variance,
                       mode == Mode::kTrain, kBatchNormMomentum, kBatchNormEpsilon, false);
    x = at::relu(x);  // [B, C, side, side]
  }
  return x;
}

at::Tensor VisionTower::Encode(const Layer& layer, const at::Tensor& x,
                               const std::shared_ptr<const AttentionPlan>& plan) const {
  AttentionSpec spec;
  spec.plan = plan;
  spec.heads = config_.vision.num_attention_heads;
  spec.key_value_heads = spec.heads;
  spec.head_dim = config_.vision.hidden_size / spec.heads;
  at::Tensor normed = Norm(x, layer.norm_1_weight, layer.norm_1_bias);                // [N, D]
  const at::Tensor packed = at::addmm(layer.qkv_bias, normed, layer.qkv_weight.t());  // [N, 3D]
  const at::Tensor attended = PackedAttention(packed, spec);                          // [N, D]
  const at::Tensor y = x + at::addmm(layer.out_bias, attended, layer.out_weight.t());
  normed = Norm(y, layer.norm_2_weight, layer.norm_2_bias);
  at::Tensor hidden = at::addmm(layer.fc1_bias, normed, layer.fc1_weight.t());  // [N, F]
  hidden =
      config_.vision.hidden_act == "gelu" ? at::gelu(hidden) : hidden * at::sigmoid(hidden * 1.702);
  return y + at::addmm(layer.fc2_bias, hidden, layer.fc2_weight.t());  // [N, D]
}

at::Tensor VisionTower::Forward(const at::Tensor& images, Mode mode) const {
  const VisionConfig& vision = config_.vision;
  const int64_t batch = images.size(0);
  at::Tensor x = Embed((images - mean_) / deviation_, mode);  // [B, D, G, G]
  x = x.flatten(2).transpose(1, 2);                           // [B, P, D]
  if (vision.class_token) {
    x = at::cat({class_token_.view({1, 1, -1}).expand({batch, 1, -1}), x}, 1);  // [B, 1 + P, D]
  }
  const int64_t tokens = x.size(1);
  x = (x + position_).reshape({batch * tokens, vision.hidden_size});  // [N, D]
  if (vision.pre_layernorm) x = Norm(x, pre_weight_, pre_bias_);
  auto plan = std::make_shared<AttentionPlan>();
  for (int64_t b = 0; b < batch; ++b) {
    plan->StartGroup(b * tokens, tokens, tokens);
    plan->AddBlock({0, tokens, b * tokens, tokens, 0});
    for (int64_t t = 0; t < tokens; ++t) plan->SetWidth(t, tokens);
  }
  for (const Layer& layer : layers_) x = Encode(layer, x, plan);
  if (vision.class_token) {
    x = x.view({batch, tokens, -1}).narrow(1, 1, tokens - 1).reshape({-1, vision.hidden_size});
  }
  if (vision.feature_layernorm) x = Norm(x, post_weight_, post_bias_);
  return x;  // [B * P, D]
}

}  // namespace flywheel::llava
