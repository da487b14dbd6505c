// The training data of a base model, by recipe: rendered scenes with questions about place,
// identity and attributes, and short captions. Row i is a function of the recipe and i, so replay
// renders the rows it needs and nothing is stored.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "generators/scene_graph.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

// base_mixture.json beside a base model.
struct BaseMixture {
  uint64_t seed = 1;
  int32_t images = 12000;
  int32_t turns_per_image = 4;
  // Shares of the questions; they sum to 1.
  double scene = 0.2;
  double identity = 0.35;
  double attributes = 0.45;
  // Share of the images whose last turn is a caption.
  double caption_share = 0.5;

  bool operator==(const BaseMixture&) const = default;
};

nlohmann::json ToJson(const BaseMixture& mixture);
// INVALID_ARGUMENT names the member: shares that do not sum to 1, fewer than one image or turn.
Result<BaseMixture> BaseMixtureFromJson(const nlohmann::json& value);
Result<BaseMixture> ReadBaseMixture(const std::string& path);

struct BaseSample {
  SceneGraph scene;
  LlavaRow row;  // id "base-000042"
};

// 0 <= index < mixture.images.
BaseSample MakeBaseSample(const BaseMixture& mixture, int64_t index);

}  // namespace flywheel
