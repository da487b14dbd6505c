#include "workers/llava/config.h"

#include <fmt/format.h>

#include "base/io/json.h"

namespace flywheel::llava {
namespace {

using nlohmann::json;

// Members of published files that say nothing about the computation.
constexpr std::string_view kIgnored[] = {"architectures",
                                         "transformers_version",
                                         "_name_or_path",
                                         "image_token_index",
                                         "ignore_index",
                                         "pad_token_id",
                                         "bos_token_id",
                                         "eos_token_id",
                                         "vocab_size",
                                         "projection_dim",
                                         "image_seq_length",
                                         "use_cache",
                                         "initializer_range",
                                         "initializer_factor",
                                         "attention_dropout",
                                         "dropout",
                                         "num_channels",
                                         "pretraining_tp",
                                         "multimodal_projector_bias",
                                         "_attn_implementation_autoset"};

void SkipIgnored(JsonObjectReader* reader) {
  for (std::string_view name : kIgnored) {
    json ignored;
    reader->Optional(name, &ignored);
  }
}

// Reads a member that must have one given value where it is present.
void Fixed(JsonObjectReader* reader, std::string_view name, const std::string& expected) {
  std::string value = expected;
  reader->Optional(name, &value);
  if (value != expected) {
    reader->Fail(name, fmt::format("is \"{}\", expected \"{}\"", value, expected));
  }
}

void Positive(JsonObjectReader* reader, std::string_view name, int64_t* value) {
  reader->Optional(name, value);
  if (*value <= 0) reader->Fail(name, fmt::format("is {}, expected a positive number", *value));
}

void ReadStem(JsonObjectReader* reader, VisionConfig* vision) {
  std::string stem = "patch";
  reader->Optional("stem", &stem);
  if (stem != "patch" && stem != "conv") {
    reader->Fail("stem", fmt::format("is \"{}\", expected \"patch\" or \"conv\"", stem));
  }
  vision->stem = stem == "conv" ? Stem::kConv : Stem::kPatch;
  std::vector<double> channels;
  std::vector<double> strides;
  reader->Optional("stem_channels", &channels);
  reader->Optional("stem_strides", &strides);
  if (vision->stem == Stem::kPatch) {
    if (!channels.empty()) reader->Fail("stem_channels", "is given, but stem is \"patch\"");
    return;
  }
  if (channels.empty() || channels.size() != strides.size()) {
    reader->Fail("stem_channels", "expected one entry for each of stem_strides, at least one");
    return;
  }
  int64_t product = 1;
  for (size_t i = 0; i < channels.size(); ++i) {
    StemLayer layer{static_cast<int64_t>(channels[i]), static_cast<int64_t>(strides[i])};
    if (layer.channels <= 0 || layer.stride <= 0) {
      reader->Fail("stem_channels", "and stem_strides: expected positive numbers");
    }
    product *= layer.stride;
    vision->stem_layers.push_back(layer);
  }
  if (product != vision->patch_size) {
    reader->Fail("stem_strides", fmt::format("multiply to {}, expected patch_size {}", product,
                                             vision->patch_size));
  }
  if (vision->stem_layers.back().channels != vision->hidden_size) {
    reader->Fail("stem_channels",
                 fmt::format("end with {}, expected hidden_size {}",
                             vision->stem_layers.back().channels, vision->hidden_size));
  }
}

Status ReadVision(const json& value, const std::string& where, VisionConfig* vision) {
  JsonObjectReader reader(value, where);
  SkipIgnored(&reader);
  Fixed(&reader, "model_type", "clip_vision_model");
  Positive(&reader, "hidden_size", &vision->hidden_size);
  Positive(&reader, "intermediate_size", &vision->intermediate_size);
  Positive(&reader, "num_hidden_layers", &vision->num_hidden_layers);
  Positive(&reader, "num_attention_heads", &vision->num_attention_heads);
  Positive(&reader, "image_size", &vision->image_size);
  Positive(&reader, "patch_size", &vision->patch_size);
  reader.Optional("hidden_act", &vision->hidden_act);
  reader.Optional("layer_norm_eps", &vision->layer_norm_eps);
  reader.Optional("image_mean", &vision->image_mean);
  reader.Optional("image_std", &vision->image_std);
  reader.Optional("class_token", &vision->class_token);
  reader.Optional("pre_layernorm", &vision->pre_layernorm);
  reader.Optional("feature_layernorm", &vision->feature_layernorm);
  if (vision->hidden_act != "quick_gelu" && vision->hidden_act != "gelu") {
    reader.Fail("hidden_act",
                fmt::format("is \"{}\", expected \"quick_gelu\" or \"gelu\"", vision->hidden_act));
  }
  if (vision->image_mean.size() != 3) reader.Fail("image_mean", "expected three numbers");
  if (vision->image_std.size() != 3) reader.Fail("image_std", "expected three numbers");
  for (double deviation : vision->image_std) {
    if (!(deviation > 0)) reader.Fail("image_std", "expected positive numbers");
  }
  FW_TRY(reader.FinishAllowingUnknown());  // the checks below divide by these
  if (vision->hidden_size % vision->num_attention_heads != 0) {
    reader.Fail("num_attention_heads",
                fmt::format("{} does not divide hidden_size {}", vision->num_attention_heads,
                            vision->hidden_size));
  }
  if (vision->image_size % vision->patch_size != 0) {
    reader.Fail("patch_size", fmt::format("{} does not divide image_size {}", vision->patch_size,
                                          vision->image_size));
  }
  ReadStem(&reader, vision);
  return reader.Finish();
}

Status ReadText(const json& value, const std::string& where, TextConfig* text) {
  JsonObjectReader reader(value, where);
  Fixed(&reader, "model_type", "llama");
  Fixed(&reader, "hidden_act", "silu");
  Positive(&reader, "hidden_size", &text->hidden_size);
  Positive(&reader, "intermediate_size", &text->intermediate_size);
  Positive(&reader, "num_hidden_layers", &text->num_hidden_layers);
  Positive(&reader, "num_attention_heads", &text->num_attention_heads);
  text->num_key_value_heads = text->num_attention_heads;
  Positive(&reader, "num_key_value_heads", &text->num_key_value_heads);
  Positive(&reader, "vocab_size", &text->vocab_size);
  Positive(&reader, "max_position_embeddings", &text->max_position_embeddings);
  reader.Optional("rms_norm_eps", &text->rms_norm_eps);
  reader.Optional("rope_theta", &text->rope_theta);
  bool tied = false;
  reader.Optional("tie_word_embeddings", &tied);
  if (tied) reader.Fail("tie_word_embeddings", "is true, but only untied heads are supported");
  bool attention_bias = false;
  reader.Optional("attention_bias", &attention_bias);
  if (attention_bias) reader.Fail("attention_bias", "is true, but LLaMA has no biases");
  bool mlp_bias = false;
  reader.Optional("mlp_bias", &mlp_bias);
  if (mlp_bias) reader.Fail("mlp_bias", "is true, but LLaMA has no biases");
  json scaling;
  reader.Optional("rope_scaling", &scaling);
  if (!scaling.is_null()) reader.Fail("rope_scaling", "is not supported, expected null");
  std::string dtype;
  reader.Optional("torch_dtype", &dtype);
  SkipIgnored(&reader);
  FW_TRY(reader.FinishAllowingUnknown());
  if (text->hidden_size % (2 * text->num_attention_heads) != 0) {
    reader.Fail("num_attention_heads",
                fmt::format("{} heads do not divide hidden_size {} into even parts",
                            text->num_attention_heads, text->hidden_size));
  }
  if (text->num_attention_heads % text->num_key_value_heads != 0) {
    reader.Fail("num_key_value_heads",
                fmt::format("{} does not divide num_attention_heads {}", text->num_key_value_heads,
                            text->num_attention_heads));
  }
  return reader.Finish();
}

}  // namespace

int64_t LongestText(const LlavaConfig& config) {
  const int64_t start =
      config.turn_position_start == 0 ? config.image_tokens() : config.turn_position_start;
  return config.text.max_position_embeddings - start;
}

Result<LlavaConfig> LlavaConfigFromJson(const json& value, const std::string& source) {
  LlavaConfig config;
  JsonObjectReader reader(value, source);
  SkipIgnored(&reader);
  Fixed(&reader, "model_type", "llava");
  Fixed(&reader, "projector_type", "mlp2x_gelu");
  Fixed(&reader, "projector_hidden_act", "gelu");
  Fixed(&reader, "vision_feature_select_strategy", "default");
  bool tied = false;
  reader.Optional("tie_word_embeddings", &tied);
  if (tied) reader.Fail("tie_word_embeddings", "is true, but only untied heads are supported");
  json vision;
  json text;
  reader.Required("vision_config", &vision);
  reader.Required("text_config", &text);
  reader.Optional("vision_feature_layer", &config.vision_feature_layer);
  reader.Optional("projector_position_embedding", &config.projector_position_embedding);
  reader.Optional("turn_position_start", &config.turn_position_start);
  reader.Optional("torch_dtype", &config.torch_dtype);
  if (config.torch_dtype != "float16" && config.torch_dtype != "bfloat16" &&
      config.torch_dtype != "float32") {
    reader.Fail("torch_dtype", fmt::format("is \"{}\", expected float16, bfloat16 or float32",
                                           config.torch_dtype));
  }
  FW_TRY(reader.Finish());
  FW_TRY(ReadVision(vision, source + ".vision_config", &config.vision));
  FW_TRY(ReadText(text, source + ".text_config", &config.text));
  if (config.vision_feature_layer >= 0 ||
      config.vision_feature_layer < -config.vision.num_hidden_layers - 1) {
    reader.Fail("vision_feature_layer",
                fmt::format("is {}, expected -1 to -{}", config.vision_feature_layer,
                            config.vision.num_hidden_layers + 1));
  }
  if (config.turn_position_start != 0 && config.turn_position_start < config.image_tokens()) {
    reader.Fail("turn_position_start",
                fmt::format("is {}, expected 0 or at least the {} image tokens",
                            config.turn_position_start, config.image_tokens()));
  }
  FW_TRY(reader.Finish());
  return config;
}

json ToJson(const LlavaConfig& config) {
  const VisionConfig& vision = config.vision;
  const TextConfig& text = config.text;
  json vision_json = {{"model_type", "clip_vision_model"},
                      {"hidden_size", vision.hidden_size},
                      {"intermediate_size", vision.intermediate_size},
                      {"num_hidden_layers", vision.num_hidden_layers},
                      {"num_attention_heads", vision.num_attention_heads},
                      {"image_size", vision.image_size},
                      {"patch_size", vision.patch_size},
                      {"hidden_act", vision.hidden_act},
                      {"layer_norm_eps", vision.layer_norm_eps},
                      {"image_mean", vision.image_mean},
                      {"image_std", vision.image_std},
                      {"stem", vision.stem == Stem::kConv ? "conv" : "patch"},
                      {"class_token", vision.class_token},
                      {"pre_layernorm", vision.pre_layernorm},
                      {"feature_layernorm", vision.feature_layernorm}};
  for (const StemLayer& layer : vision.stem_layers) {
    vision_json["stem_channels"].push_back(layer.channels);
    vision_json["stem_strides"].push_back(layer.stride);
  }
  json text_json = {{"model_type", "llama"},
                    {"hidden_act", "silu"},
                    {"hidden_size", text.hidden_size},
                    {"intermediate_size", text.intermediate_size},
                    {"num_hidden_layers", text.num_hidden_layers},
                    {"num_attention_heads", text.num_attention_heads},
                    {"num_key_value_heads", text.num_key_value_heads},
                    {"vocab_size", text.vocab_size},
                    {"max_position_embeddings", text.max_position_embeddings},
                    {"rms_norm_eps", text.rms_norm_eps},
                    {"rope_theta", text.rope_theta},
                    {"tie_word_embeddings", false}};
  return {{"model_type", "llava"},
          {"architectures", {"LlavaForConditionalGeneration"}},
          {"projector_type", "mlp2x_gelu"},
          {"projector_hidden_act", "gelu"},
          {"vision_feature_select_strategy", "default"},
          {"vision_feature_layer", config.vision_feature_layer},
          {"projector_position_embedding", config.projector_position_embedding},
          {"turn_position_start", config.turn_position_start},
          {"torch_dtype", config.torch_dtype},
          {"vision_config", vision_json},
          {"text_config", text_json}};
}

}  // namespace flywheel::llava
