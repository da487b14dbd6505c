// Draws scenes of the rendered world from a seed: a place at a time of day, one to five shapes in a
// 3x3 grid, sometimes an agent doing something with a further shape, sometimes a sign. Does not
// draw pixels.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "generators/scene_graph.h"

namespace flywheel::world {

struct SceneOptions {
  double agent_share = 0.35;
  double sign_share = 0.35;
};

// One scene; a function of the seed. Its image is named by its digest.
SceneGraph SampleScene(uint64_t seed, const SceneOptions& options = {});

// `count` scenes that differ from each other and from those in `taken` by digest. Adds theirs to
// `taken`. A function of seed, count and taken.
std::vector<SceneGraph> SampleScenes(uint64_t seed, int count, const SceneOptions& options,
                                     std::set<std::string>& taken);

// What a caption tells. A base model that is to learn agents and signs later is shown kShapesOnly.
enum class CaptionDetail { kShapesOnly, kEverything };

// "a beach with a red circle and a blue star"; with kEverything agents and signs are named too:
// "a farm with a robot kicking a pink heart and a sign that says stop".
std::string SceneCaption(const SceneGraph& scene, CaptionDetail detail);

}  // namespace flywheel::world
