#include "workers/pretrain/world_labels.h"

#include <algorithm>

#include "base/check.h"
#include "base/rng.h"
#include "generators/world/dense_labels.h"
#include "generators/world/renderer.h"
#include "generators/world/scene_sampler.h"

namespace flywheel::pretrain {
namespace {

// Most patches hold the centre of nothing: they would drown the others.
constexpr double kNothingWeight = 0.15;

// Places of the heads in WorldHeads.
enum Head : int32_t {
  kPlace,
  kDaylight,
  kWhat,
  kShape,
  kColour,
  kSize,
  kRegion,
  kRow,
  kColumn,
  kAgent,
  kRelation,
  kSign,
};

void Add(Head head, const world::PatchLabels& labels, std::vector<llava::DenseTarget>* targets) {
  for (int32_t patch = 0; patch < world::kPatches; ++patch) {
    const int8_t label = labels[static_cast<size_t>(patch)];
    if (label != world::kNoLabel) targets->push_back({head, patch, label});
  }
}

}  // namespace

std::vector<llava::DenseHead> WorldHeads() {
  const auto size = [](const auto& words) { return static_cast<int64_t>(words.size()); };
  return {{"place", size(world::kPlaces), 1, {}},
          {"daylight", size(world::kDaylights), 1, {}},
          {"what", world::kWhatClasses, 2, {kNothingWeight, 1, 1, 1}},
          {"shape", size(world::kShapes), 1, {}},
          {"colour", size(world::kColours), 1, {}},
          {"size", size(world::kSizes), 1, {}},
          {"region", size(world::kRegions), 1, {}},
          {"row", world::kPatchSide, 1, {}},
          {"column", world::kPatchSide, 1, {}},
          {"agent", size(world::kAgents), 1, {}},
          {"relation", size(world::kPredicates), 1, {}},
          {"sign", size(world::kSignTexts), 1, {}}};
}

llava::DenseSource WorldLabels(uint64_t seed) {
  return [seed](int64_t index, std::span<uint8_t> rgb, std::vector<llava::DenseTarget>* targets) {
    const SceneGraph scene = world::SampleScene(DeriveSeed(seed, static_cast<uint64_t>(index)));
    const Result<world::Pixels> pixels = world::Render(scene);
    FW_CHECK(pixels.ok(), "a sampled scene can be rendered");
    FW_CHECK(rgb.size() == pixels->size(), "the model's images have the world's size");
    std::copy(pixels->begin(), pixels->end(), rgb.begin());
    const world::DenseLabels labels = world::LabelScene(scene);
    for (int32_t patch = 0; patch < world::kPatches; ++patch) {
      targets->push_back({kPlace, patch, labels.place});
      targets->push_back({kDaylight, patch, labels.daylight});
    }
    Add(kWhat, labels.what, targets);
    Add(kShape, labels.shape, targets);
    Add(kColour, labels.colour, targets);
    Add(kSize, labels.size, targets);
    Add(kRegion, labels.region, targets);
    Add(kRow, labels.row, targets);
    Add(kColumn, labels.column, targets);
    Add(kAgent, labels.agent, targets);
    Add(kRelation, labels.relation, targets);
    Add(kSign, labels.sign, targets);
  };
}

}  // namespace flywheel::pretrain
