// Families about where shapes are and how many: location, spatial relation, counting and the
// reasoning that rests on counts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "generators/questions/directions.h"
#include "generators/questions/referents.h"
#include "generators/questions/world_families.h"
#include "generators/world/dense_labels.h"
#include "generators/world/words.h"

namespace flywheel {
namespace {

using world::kColours;
using world::kRegions;
using world::kShapes;

// A centre closer than this to a border of a region has no certain region.
constexpr double kRegionMargin = 1.5;
// How much further apart two shapes must be in one direction than in the other.
constexpr double kDirectionMargin = 8;

bool NearBorder(double at, double size) {
  return std::abs(at - size / 3) < kRegionMargin || std::abs(at - 2 * size / 3) < kRegionMargin;
}

Candidate Count(std::string family, const std::string& what, int number) {
  return {.family = std::move(family),
          .key = "count " + what,
          .phrasings = {fmt::format("how many {} are there in the image?", what),
                        fmt::format("how many {} can you see?", what),
                        fmt::format("what is the number of {}?", what)},
          .answer = NumberWord(number),
          .number = number};
}

std::map<std::string, int> ColourCounts(const SceneGraph& scene) {
  std::map<std::string, int> counts;
  for (const SceneObject* shape : ShapesOf(scene)) ++counts[shape->colour];
  return counts;
}

}  // namespace

void AskLocation(const SceneGraph& scene, Candidates& out) {
  for (const Referent& referent : ReferentsOf(scene)) {
    const double x = referent.object->box.CentreX();
    const double y = referent.object->box.CentreY();
    if (NearBorder(x, scene.width) || NearBorder(y, scene.height)) continue;
    const auto region = static_cast<size_t>(world::RegionOf(x, y, scene.width, scene.height));
    Candidate one{.family = "location",
                  .key = "location of " + referent.text,
                  .phrasings = {fmt::format("where is the {}?", referent.text),
                                fmt::format("in which part of the image is the {}?", referent.text),
                                fmt::format("where in the image is the {}?", referent.text)},
                  .answer = std::string(kRegions[region]),
                  .other = {}};
    for (const std::string_view other : kRegions) {
      if (other != kRegions[region]) one.other.emplace_back(other);
    }
    out.push_back(std::move(one));
  }
}

void AskCounts(const SceneGraph& scene, Candidates& out) {
  const auto all = static_cast<int>(ShapesOf(scene).size());
  out.push_back(Count("count all", "shapes", all));
  for (const std::string_view name : kShapes) {
    const int number =
        CountShapes(scene, [&](const SceneObject& shape) { return shape.name == name; });
    if (number > 0) out.push_back(Count("count shape", PluralOf(name), number));
  }
  for (const auto& [colour, number] : ColourCounts(scene)) {
    out.push_back(Count("count colour", colour + " shapes", number));
  }
}

void AskSpatial(const SceneGraph& scene, Candidates& out) {
  const std::vector<Referent> referents = ReferentsOf(scene);
  for (const Referent& one : referents) {
    for (const Referent& other : referents) {
      if (one.object == other.object) continue;
      const double dx = one.object->box.CentreX() - other.object->box.CentreX();
      const double dy = one.object->box.CentreY() - other.object->box.CentreY();
      if (std::abs(std::abs(dx) - std::abs(dy)) < kDirectionMargin) continue;
      out.push_back(DirectionQuestion(one.text, other.text, DirectionOf(dx, dy)));
    }
  }
}

void AskMostCommonColour(const SceneGraph& scene, Candidates& out) {
  const std::map<std::string, int> counts = ColourCounts(scene);
  if (counts.empty()) return;
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto ties = std::count_if(counts.begin(), counts.end(),
                                  [&](const auto& one) { return one.second == most->second; });
  if (ties > 1 || most->second < 2) return;
  Candidate one{.family = "most common colour",
                .key = "most common colour",
                .phrasings = {"which color is most common among the shapes?",
                              "what is the most common color of the shapes?"},
                .answer = most->first,
                .other = {}};
  for (const auto& [colour, count] : counts) {
    if (colour != most->first) one.hard.push_back(colour);
  }
  for (const std::string_view colour : kColours) {
    if (colour != most->first) one.other.emplace_back(colour);
  }
  out.push_back(std::move(one));
}

void AskRemaining(const SceneGraph& scene, Candidates& out) {
  const auto all = static_cast<int>(ShapesOf(scene).size());
  for (const auto& [colour, number] : ColourCounts(scene)) {
    out.push_back(
        {.family = "remaining",
         .key = "remaining without " + colour,
         .phrasings = {fmt::format("how many shapes remain if the {} ones are removed?", colour),
                       fmt::format("if all {} shapes are taken away, how many are left?", colour)},
         .answer = NumberWord(all - number),
         .number = all - number});
  }
}

}  // namespace flywheel
