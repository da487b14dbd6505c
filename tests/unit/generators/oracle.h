// Judges a question about a rendered scene from its words alone, without the code that made it:
// what it refers to and whether an option is true. Only for the phrasings that the families use.
#pragma once

#include <optional>
#include <string>

#include "generators/scene_graph.h"

namespace flywheel::oracle {

// Whether `option` is a right answer to `question`. Nothing when the words are not understood or
// refer to no thing or to several.
std::optional<bool> IsRight(const SceneGraph& scene, const std::string& question,
                            const std::string& option);

}  // namespace flywheel::oracle
