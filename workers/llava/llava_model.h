// A LLaVA model in memory and its folder on disk: config.json and model.safetensors in the Hugging
// Face layout. Opaque, so that nobody outside workers/llava meets LibTorch. The tokenizer is a file
// beside it (tokenizer.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "workers/llava/config.h"

namespace flywheel::llava {

struct ModelParts;  // model_parts.h

class LlavaModel {
 public:
  // Fresh parameters, a function of configuration and seed.
  static std::unique_ptr<LlavaModel> Create(const LlavaConfig& config, uint64_t seed);
  // INVALID_ARGUMENT names the file and the tensor that is missing, unknown or of another shape.
  static Result<std::unique_ptr<LlavaModel>> Load(const std::string& folder);

  ~LlavaModel();

  // Writes both files into `folder`, which must be there. Equal parameters give equal bytes.
  Status Save(const std::string& folder) const;

  // Takes over the vision tower of a model with the same one. INVALID_ARGUMENT when it differs.
  Status TakeVision(const LlavaModel& other);

  const LlavaConfig& config() const;
  ModelParts& parts() { return *parts_; }
  const ModelParts& parts() const { return *parts_; }

 private:
  explicit LlavaModel(std::unique_ptr<ModelParts> parts);
  std::unique_ptr<ModelParts> parts_;
};

}  // namespace flywheel::llava
