// How questions name and count the shapes of a rendered scene, so that exactly one thing is meant.
// Agents and signs are no shapes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "generators/scene_graph.h"

namespace flywheel {

struct Referent {
  const SceneObject* object = nullptr;
  std::string text;  // "star", or "red star" where there are more stars
};

std::vector<const SceneObject*> ShapesOf(const SceneGraph& scene);

// The shapes that a name alone or colour and name single out.
std::vector<Referent> ReferentsOf(const SceneGraph& scene);

int CountShapes(const SceneGraph& scene, const std::function<bool(const SceneObject&)>& which);

// "crosses" for "cross".
std::string PluralOf(std::string_view shape);

// "zero" to "sixteen".
std::string NumberWord(int number);

}  // namespace flywheel
