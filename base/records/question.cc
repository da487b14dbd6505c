#include "base/records/question.h"

#include <fmt/format.h>

#include <array>

namespace flywheel {

std::string QuestionTypeName(int type) {
  // Types 10 to 12 are SEED-Bench's video types.
  static constexpr std::array<std::string_view, 12> kNames = {
      "Scene Understanding",  "Instance Identity",  "Instance Attributes",
      "Instance Location",    "Instances Counting", "Spatial Relation",
      "Instance Interaction", "Visual Reasoning",   "Text Understanding",
      "Action Recognition",   "Action Prediction",  "Procedure Understanding"};
  if (type < 1 || type > static_cast<int>(kNames.size())) return fmt::format("type {}", type);
  return std::string(kNames[static_cast<size_t>(type - 1)]);
}

}  // namespace flywheel
