// The picture behind the things of a scene: sky and ground of a place at a time of day.
#pragma once

#include <string_view>

#include "generators/world/canvas.h"

namespace flywheel::world {

// `place` and `daylight` are words of words.h.
void DrawBackdrop(Canvas& canvas, std::string_view place, std::string_view daylight);

}  // namespace flywheel::world
