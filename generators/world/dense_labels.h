// What a vision tower should know about each patch of a rendered scene: the targets for
// pre-training it without text. Classes are positions in the lists of words.h. Not used by the
// loop.
#pragma once

#include <array>
#include <cstdint>

#include "generators/scene_graph.h"
#include "generators/world/words.h"

namespace flywheel::world {

inline constexpr int kPatchSide = 8;  // patches a side, 8x8 pixels each
inline constexpr int kPatches = kPatchSide * kPatchSide;
inline constexpr int8_t kNoLabel = -1;  // not to be learnt here

enum class What : int8_t { kNone = 0, kObject = 1, kAgent = 2, kSign = 3 };
inline constexpr int kWhatClasses = 4;

// One class a patch, row by row.
using PatchLabels = std::array<int8_t, kPatches>;

struct DenseLabels {
  // Of the whole image, the same at every patch.
  int8_t place = kNoLabel;
  int8_t daylight = kNoLabel;
  // `what` is set at every patch: the thing whose centre lies in the patch, else kNone.
  PatchLabels what{};
  // kNoLabel but at the patch of a centre: shape, colour and size of objects; region (9), row and
  // column in units of patches (8 each) of every thing; kind of agents; the relation at the agent
  // and at the object it deals with; the text of signs.
  PatchLabels shape{};
  PatchLabels colour{};
  PatchLabels size{};
  PatchLabels region{};
  PatchLabels row{};
  PatchLabels column{};
  PatchLabels agent{};
  PatchLabels relation{};
  PatchLabels sign{};

  bool operator==(const DenseLabels&) const = default;
};

// Region of the 3x3 grid that a point lies in, 0 to 8.
int RegionOf(double x, double y, double width, double height);

// Labels of a scene that Render accepts.
DenseLabels LabelScene(const SceneGraph& scene);

}  // namespace flywheel::world
