#include "generators/questions/referents.h"

#include <array>

#include "base/check.h"
#include "generators/world/words.h"

namespace flywheel {

std::vector<const SceneObject*> ShapesOf(const SceneGraph& scene) {
  std::vector<const SceneObject*> shapes;
  for (const SceneObject& object : scene.objects) {
    if (world::IndexOf(world::kAgents, object.name) == world::kAbsent) shapes.push_back(&object);
  }
  return shapes;
}

int CountShapes(const SceneGraph& scene, const std::function<bool(const SceneObject&)>& which) {
  int count = 0;
  for (const SceneObject* shape : ShapesOf(scene)) count += which(*shape) ? 1 : 0;
  return count;
}

std::vector<Referent> ReferentsOf(const SceneGraph& scene) {
  std::vector<Referent> referents;
  for (const SceneObject* shape : ShapesOf(scene)) {
    const auto same_name = [&](const SceneObject& other) { return other.name == shape->name; };
    const auto same_look = [&](const SceneObject& other) {
      return other.name == shape->name && other.colour == shape->colour;
    };
    if (CountShapes(scene, same_name) == 1) {
      referents.push_back({shape, shape->name});
    } else if (CountShapes(scene, same_look) == 1) {
      referents.push_back({shape, shape->colour + " " + shape->name});
    }
  }
  return referents;
}

std::string PluralOf(std::string_view shape) {
  const bool hisses = shape.ends_with('s') || shape.ends_with("ch") || shape.ends_with("sh");
  return std::string(shape) + (hisses ? "es" : "s");
}

std::string NumberWord(int number) {
  static constexpr std::array<std::string_view, 17> kWords = {
      "zero", "one", "two",    "three",  "four",     "five",     "six",     "seven",  "eight",
      "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"};
  FW_CHECK(number >= 0 && number < static_cast<int>(kWords.size()), "a number without a word");
  return std::string(kWords[static_cast<size_t>(number)]);
}

}  // namespace flywheel
