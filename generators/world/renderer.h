// Pixels of a rendered scene. A pure function of the scene graph: no fonts, clocks or random
// numbers, no antialiasing. Only for scenes of source kWorld.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "generators/scene_graph.h"
#include "generators/world/words.h"

namespace flywheel::world {

// RGB, row by row: [kImageSize, kImageSize, 3].
using Pixels = std::array<uint8_t, kImageSize * kImageSize * 3>;

// INVALID_ARGUMENT when the scene is not one of this world: other size, unknown shape, colour,
// place, agent, relation or sign text.
Result<Pixels> Render(const SceneGraph& scene);

// Renders into a PNG file. INTERNAL when it cannot be written.
Status WritePng(const SceneGraph& scene, const std::string& path);

}  // namespace flywheel::world
