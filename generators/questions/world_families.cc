#include "generators/questions/world_families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "generators/questions/question_maker.h"
#include "generators/questions/referents.h"
#include "generators/world/words.h"

namespace flywheel {
namespace {

using world::kAbsent;
using world::kColours;
using world::kDaylights;
using world::kPlaces;
using world::kPredicates;
using world::kShapes;
using world::kSignTexts;

using Words = std::vector<std::string>;

// What only one place of kPlaces is known for, in its order.
constexpr std::array<std::string_view, 8> kBelongings = {"sandcastle", "bus",   "pan",   "deer",
                                                         "camel",      "whale", "skier", "tractor"};
// What people do at the times of kDaylights, in its order.
constexpr std::array<std::string_view, 4> kHabits = {"eat breakfast", "eat lunch", "eat dinner",
                                                     "sleep"};

template <size_t N>
Words AllBut(const std::array<std::string_view, N>& words, std::string_view one) {
  Words others;
  for (const std::string_view word : words) {
    if (word != one) others.emplace_back(word);
  }
  return others;
}

// Colours of shapes in the image other than `colour`.
Words OtherColours(const SceneGraph& scene, std::string_view colour) {
  Words others;
  for (const SceneObject* shape : ShapesOf(scene)) {
    if (shape->colour != colour) others.push_back(shape->colour);
  }
  return others;
}

Words OtherShapes(const SceneGraph& scene, std::string_view name) {
  Words others;
  for (const SceneObject* shape : ShapesOf(scene)) {
    if (shape->name != name) others.push_back(shape->name);
  }
  return others;
}

std::string Opposite(std::string_view size) { return size == "small" ? "big" : "small"; }

}  // namespace

void AskPlace(const SceneGraph& scene, Candidates& out) {
  out.push_back({.family = "place",
                 .key = "place",
                 .phrasings = {"what place is shown in the image?", "where was this picture taken?",
                               "which scene is this?"},
                 .answer = scene.place,
                 .other = AllBut(kPlaces, scene.place)});
}

void AskDaylight(const SceneGraph& scene, Candidates& out) {
  out.push_back(
      {.family = "daylight",
       .key = "daylight",
       .phrasings = {"what time of day is it?", "which time of day is shown in the image?"},
       .answer = scene.daylight,
       .other = AllBut(kDaylights, scene.daylight)});
}

void AskPresentShape(const SceneGraph& scene, Candidates& out) {
  Words absent;
  for (const std::string_view name : kShapes) {
    const auto is = [&](const SceneObject& shape) { return shape.name == name; };
    if (CountShapes(scene, is) == 0) absent.emplace_back(name);
  }
  for (const std::string_view name : kShapes) {
    if (std::find(absent.begin(), absent.end(), name) != absent.end()) continue;
    out.push_back({.family = "present shape",
                   .key = fmt::format("present {}", name),
                   .phrasings = {"which object can be seen in the image?",
                                 "which of these is in the image?", "which shape is shown?"},
                   .answer = std::string(name),
                   .other = absent});
  }
}

void AskShapeOfColour(const SceneGraph& scene, Candidates& out) {
  for (const SceneObject* shape : ShapesOf(scene)) {
    const auto alike = [&](const SceneObject& other) { return other.colour == shape->colour; };
    if (CountShapes(scene, alike) != 1) continue;
    const std::string& colour = shape->colour;
    out.push_back({.family = "shape of colour",
                   .key = "shape of " + colour,
                   .phrasings = {fmt::format("what is the {} object?", colour),
                                 fmt::format("which shape is {}?", colour),
                                 fmt::format("what shape is the {} object?", colour)},
                   .answer = shape->name,
                   .hard = OtherShapes(scene, shape->name),
                   .other = AllBut(kShapes, shape->name)});
  }
}

void AskColour(const SceneGraph& scene, Candidates& out) {
  for (const SceneObject* shape : ShapesOf(scene)) {
    const std::string& name = shape->name;
    if (CountShapes(scene, [&](const SceneObject& other) { return other.name == name; }) != 1) {
      continue;
    }
    out.push_back({.family = "colour",
                   .key = "colour of " + name,
                   .phrasings = {fmt::format("what color is the {}?", name),
                                 fmt::format("what is the color of the {}?", name),
                                 fmt::format("which color does the {} have?", name)},
                   .answer = shape->colour,
                   .hard = OtherColours(scene, shape->colour),
                   .other = AllBut(kColours, shape->colour)});
  }
}

void AskDescription(const SceneGraph& scene, Candidates& out) {
  for (const SceneObject* shape : ShapesOf(scene)) {
    const std::string& name = shape->name;
    if (CountShapes(scene, [&](const SceneObject& other) { return other.name == name; }) != 1) {
      continue;
    }
    const auto describe = [](std::string_view size, std::string_view colour) {
      return fmt::format("{} and {}", size, colour);
    };
    Candidate one{.family = "description",
                  .key = "description of " + name,
                  .phrasings = {fmt::format("which description fits the {}?", name),
                                fmt::format("how does the {} look?", name),
                                fmt::format("what does the {} look like?", name)},
                  .answer = describe(shape->size, shape->colour),
                  .hard = {describe(Opposite(shape->size), shape->colour)},
                  .other = {}};
    for (const std::string& colour : AllBut(kColours, shape->colour)) {
      one.other.push_back(describe(shape->size, colour));
      one.other.push_back(describe(Opposite(shape->size), colour));
    }
    out.push_back(std::move(one));
  }
}

void AskAction(const SceneGraph& scene, Candidates& out) {
  for (const SceneRelation& relation : scene.relations) {
    const std::string& agent = FindObject(scene, relation.subject)->name;
    const std::string& object = FindObject(scene, relation.object)->name;
    Words phrasings = {fmt::format("what is the {} doing?", agent),
                       fmt::format("which action is the {} doing?", agent)};
    // "the star" must be one star.
    if (CountShapes(scene, [&](const SceneObject& shape) { return shape.name == object; }) == 1) {
      phrasings.push_back(fmt::format("what is the {} doing with the {}?", agent, object));
      phrasings.push_back(fmt::format("what does the {} do with the {}?", agent, object));
    }
    out.push_back({.family = "action",
                   .key = "action of " + agent,
                   .phrasings = std::move(phrasings),
                   .answer = relation.predicate,
                   .other = AllBut(kPredicates, relation.predicate)});
  }
}

void AskActionObject(const SceneGraph& scene, Candidates& out) {
  for (const SceneRelation& relation : scene.relations) {
    const std::string& agent = FindObject(scene, relation.subject)->name;
    const std::string& object = FindObject(scene, relation.object)->name;
    // All options are in the image: who only sees what is there must not rule any out.
    const Words others = OtherShapes(scene, object);
    if (std::set<std::string>(others.begin(), others.end()).size() + 1 < kChoices) continue;
    out.push_back(
        {.family = "action object",
         .key = "object of " + agent,
         .phrasings = {fmt::format("what is the {} {}?", agent, relation.predicate),
                       fmt::format("which object is the {} {}?", agent, relation.predicate)},
         .answer = object,
         .hard = others,
         .other = {}});
  }
}

void AskBelonging(const SceneGraph& scene, Candidates& out) {
  const int place = world::IndexOf(kPlaces, scene.place);
  if (place == kAbsent) return;
  const std::string_view thing = kBelongings[static_cast<size_t>(place)];
  out.push_back({.family = "belonging",
                 .key = "belonging",
                 .phrasings = {"what would you most likely find here?",
                               "which of these belongs here?", "what fits this place best?"},
                 .answer = std::string(thing),
                 .other = AllBut(kBelongings, thing)});
}

void AskHabit(const SceneGraph& scene, Candidates& out) {
  const int daylight = world::IndexOf(kDaylights, scene.daylight);
  if (daylight == kAbsent) return;
  const std::string_view habit = kHabits[static_cast<size_t>(daylight)];
  out.push_back({.family = "habit",
                 .key = "habit",
                 .phrasings = {"what do people usually do at this time of day?",
                               "what would people most likely do now?"},
                 .answer = std::string(habit),
                 .other = AllBut(kHabits, habit)});
}

void AskSign(const SceneGraph& scene, Candidates& out) {
  for (const SceneText& sign : scene.texts) {
    Candidate one{.family = "sign",
                  .key = "sign",
                  .phrasings = {"what does the sign say?", "what is written on the sign?",
                                "what can be read on the sign?"},
                  .answer = sign.text,
                  .other = AllBut(kSignTexts, sign.text)};
    for (const std::string& text : one.other) {
      if (text.size() == sign.text.size()) one.hard.push_back(text);
    }
    out.push_back(std::move(one));
  }
}

Candidates WorldCandidates(const SceneGraph& scene, int type) {
  using Ask = void (*)(const SceneGraph&, Candidates&);
  static const std::array<std::vector<Ask>, 9> kFamilies = {{
      {AskPlace, AskDaylight},
      {AskPresentShape, AskShapeOfColour},
      {AskColour, AskDescription},
      {AskLocation},
      {AskCounts},
      {AskSpatial},
      {AskAction, AskActionObject},
      {AskBelonging, AskHabit, AskMostCommonColour, AskRemaining},
      {AskSign},
  }};
  Candidates candidates;
  for (const Ask ask : kFamilies[static_cast<size_t>(type - 1)]) ask(scene, candidates);
  return candidates;
}

}  // namespace flywheel
