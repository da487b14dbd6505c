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

// "a beach at night with a red circle and a blue star". Agents and signs are named too when the
// scene has them: "... and a robot kicking a small pink heart".
std::string SceneCaption(const SceneGraph& scene);

}  // namespace flywheel::world
