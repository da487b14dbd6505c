#include "workers/llava/llava_model.h"

#include <fmt/format.h>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/rng.h"
#include "workers/llava/model_parts.h"
#include "workers/llava/safetensors.h"
#include "workers/llava/vision_tower.h"

namespace flywheel::llava {
namespace {

Status ReadInto(const SafetensorsFile& file, const ParameterBuffer& buffer) {
  for (const ParameterSpec& spec : buffer.specs()) {
    FW_TRY(file.ReadFloats(
        spec.name, spec.shape,
        {buffer.data() + buffer.offset(spec.name), static_cast<size_t>(spec.count())}));
  }
  return OkStatus();
}

void AddTo(const ParameterBuffer& buffer, TensorType type, SafetensorsWriter* writer) {
  for (const ParameterSpec& spec : buffer.specs()) {
    writer->Add(spec.name, type, spec.shape,
                {buffer.data() + buffer.offset(spec.name), static_cast<size_t>(spec.count())});
  }
}

}  // namespace

ModelParts::ModelParts(const LlavaConfig& model_config)
    : config(model_config),
      vision(VisionParameters(model_config)),
      statistics(VisionStatistics(model_config)),
      language(LanguageParameters(model_config)),
      rotary(model_config.text) {}

LlavaModel::LlavaModel(std::unique_ptr<ModelParts> parts) : parts_(std::move(parts)) {}
LlavaModel::~LlavaModel() = default;

const LlavaConfig& LlavaModel::config() const { return parts_->config; }

Status LlavaModel::TakeVision(const LlavaModel& other) {
  if (config().vision != other.config().vision) {
    return InvalidArgument("the vision towers have different configurations");
  }
  parts_->vision.flat().copy_(other.parts_->vision.flat());
  parts_->statistics.flat().copy_(other.parts_->statistics.flat());
  return OkStatus();
}

std::unique_ptr<LlavaModel> LlavaModel::Create(const LlavaConfig& config, uint64_t seed) {
  auto parts = std::make_unique<ModelParts>(config);
  parts->vision.Initialise(DeriveSeed(seed, "vision"));
  parts->statistics.Initialise(DeriveSeed(seed, "statistics"));
  parts->language.Initialise(DeriveSeed(seed, "language"));
  return std::unique_ptr<LlavaModel>(new LlavaModel(std::move(parts)));
}

Result<std::unique_ptr<LlavaModel>> LlavaModel::Load(const std::string& folder) {
  const std::string config_path = folder + "/config.json";
  FW_ASSIGN(const nlohmann::json json, ReadJsonFile(config_path));
  FW_ASSIGN(const LlavaConfig config, LlavaConfigFromJson(json, config_path));
  auto parts = std::make_unique<ModelParts>(config);
  FW_ASSIGN(const SafetensorsFile file, SafetensorsFile::Open(folder + "/model.safetensors"));
  FW_TRY(ReadInto(file, parts->vision));
  FW_TRY(ReadInto(file, parts->statistics));
  FW_TRY(ReadInto(file, parts->language));
  const size_t expected = parts->vision.specs().size() + parts->statistics.specs().size() +
                          parts->language.specs().size();
  if (file.tensors().size() != expected) {
    for (const auto& [name, tensor] : file.tensors()) {
      const auto same = [&](const ParameterSpec& spec) { return spec.name == name; };
      bool known = false;
      for (const ParameterBuffer* buffer : {&parts->vision, &parts->statistics, &parts->language}) {
        known = known || std::any_of(buffer->specs().begin(), buffer->specs().end(), same);
      }
      if (!known) {
        return InvalidArgument(
            fmt::format("{}: tensor \"{}\" has no place in the model that {} "
                        "describes",
                        file.path(), name, config_path));
      }
    }
  }
  return std::unique_ptr<LlavaModel>(new LlavaModel(std::move(parts)));
}

Status LlavaModel::Save(const std::string& folder) const {
  const std::string& dtype = parts_->config.torch_dtype;
  const TensorType type = dtype == "float32"    ? TensorType::kF32
                          : dtype == "bfloat16" ? TensorType::kBF16
                                                : TensorType::kF16;
  SafetensorsWriter writer;
  AddTo(parts_->vision, type, &writer);
  // Variances may be too small for half precision.
  AddTo(parts_->statistics, TensorType::kF32, &writer);
  AddTo(parts_->language, type, &writer);
  FW_TRY(writer.Write(folder + "/model.safetensors"));
  return WriteFile(folder + "/config.json", ToJson(parts_->config).dump(2) + "\n");
}

}  // namespace flywheel::llava
