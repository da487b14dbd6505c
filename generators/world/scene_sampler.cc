#include "generators/world/scene_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "generators/world/layout.h"
#include "generators/world/words.h"

namespace flywheel::world {
namespace {

constexpr int kMaxFreeObjects = 5;

// Scenes whose shapes or colours come from two words only have counts above one more often.
constexpr double kFewShapesShare = 0.5;
constexpr double kFewColoursShare = 0.4;

template <size_t N>
std::string Pick(Rng& rng, const std::array<std::string_view, N>& words) {
  return std::string(words[rng.Below(N)]);
}

// All words, or two of them.
template <size_t N>
std::vector<std::string> Palette(Rng& rng, const std::array<std::string_view, N>& words,
                                 double few_share) {
  std::vector<std::string> all(words.begin(), words.end());
  if (!rng.Chance(few_share)) return all;
  rng.Shuffle(all);
  all.resize(2);
  return all;
}

struct Palettes {
  std::vector<std::string> shapes;
  std::vector<std::string> colours;
};

SceneObject DrawShape(Rng& rng, const Palettes& palettes, std::string size) {
  SceneObject object;
  object.name = rng.Pick(palettes.shapes);
  object.colour = rng.Pick(palettes.colours);
  object.size = std::move(size);
  return object;
}

void AddAgent(Rng& rng, const Palettes& palettes, Cells& cells, SceneGraph& scene) {
  const std::string predicate = Pick(rng, kPredicates);
  const bool upright = predicate == "balancing" || predicate == "standing on";
  const std::optional<Cell> cell = cells.TakePair(rng, upright ? Pair::kColumn : Pair::kRow);
  if (!cell) return;
  SceneObject agent;
  agent.id = 1;
  agent.name = Pick(rng, kAgents);
  SceneObject object = DrawShape(rng, palettes, "small");
  object.id = 2;
  PlaceAgent(rng, *cell, predicate, &agent.box, &object.box);
  scene.objects.push_back(std::move(agent));
  scene.objects.push_back(std::move(object));
  scene.relations.push_back({1, predicate, 2});
}

void AddSign(Rng& rng, Cells& cells, SceneGraph& scene) {
  const std::optional<Cell> cell = cells.TakePair(rng, Pair::kRow);
  if (!cell) return;
  SceneText sign;
  sign.text = Pick(rng, kSignTexts);
  sign.box = PlaceSign(rng, *cell, sign.text);
  scene.texts.push_back(std::move(sign));
}

void AddShapes(Rng& rng, const Palettes& palettes, Cells& cells, SceneGraph& scene) {
  const auto count = rng.Between(1, kMaxFreeObjects);
  for (int64_t i = 0; i < count; ++i) {
    const std::optional<Cell> cell = cells.Take(rng);
    if (!cell) return;
    SceneObject object = DrawShape(rng, palettes, Pick(rng, kSizes));
    object.box = PlaceShape(rng, *cell, object.size == kSizes[0] ? kSmallRadius : kBigRadius);
    scene.objects.push_back(std::move(object));
  }
}

// Ids and order follow the position, so that one picture has one graph.
void Number(SceneGraph& scene) {
  std::vector<int64_t> old_ids;
  for (size_t i = 0; i < scene.objects.size(); ++i) {
    if (scene.objects[i].id == 0) scene.objects[i].id = 100 + static_cast<int64_t>(i);
  }
  std::sort(scene.objects.begin(), scene.objects.end(),
            [](const SceneObject& a, const SceneObject& b) {
              return std::pair(a.box.CentreY(), a.box.CentreX()) <
                     std::pair(b.box.CentreY(), b.box.CentreX());
            });
  for (const SceneObject& object : scene.objects) old_ids.push_back(object.id);
  const auto renumber = [&](int64_t id) {
    return std::find(old_ids.begin(), old_ids.end(), id) - old_ids.begin() + 1;
  };
  for (SceneRelation& relation : scene.relations) {
    relation.subject = renumber(relation.subject);
    relation.object = renumber(relation.object);
  }
  for (SceneObject& object : scene.objects) object.id = renumber(object.id);
}

std::string WithArticle(const std::string& phrase) {
  const bool vowel = std::string_view("aeiou").find(phrase.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + phrase;
}

}  // namespace

SceneGraph SampleScene(uint64_t seed, const SceneOptions& options) {
  Rng rng(seed);
  SceneGraph scene;
  scene.source = SceneSource::kWorld;
  scene.width = scene.height = kImageSize;
  scene.place = Pick(rng, kPlaces);
  scene.daylight = Pick(rng, kDaylights);
  const Palettes palettes = {Palette(rng, kShapes, kFewShapesShare),
                             Palette(rng, kColours, kFewColoursShare)};
  Cells cells;
  if (rng.Chance(options.agent_share)) AddAgent(rng, palettes, cells, scene);
  if (rng.Chance(options.sign_share)) AddSign(rng, cells, scene);
  AddShapes(rng, palettes, cells, scene);
  Number(scene);
  scene.image = SceneImageName(SceneDigest(scene));
  return scene;
}

std::vector<SceneGraph> SampleScenes(uint64_t seed, int count, const SceneOptions& options,
                                     std::set<std::string>& taken) {
  // The world has many more scenes than anybody asks for; running out of them is a bug.
  constexpr uint64_t kMaxRepeats = 100000;
  std::vector<SceneGraph> scenes;
  uint64_t repeats = 0;
  for (uint64_t i = 0; scenes.size() < static_cast<size_t>(std::max(count, 0)); ++i) {
    SceneGraph scene = SampleScene(DeriveSeed(seed, i), options);
    if (taken.emplace(DigestOfSceneImage(scene.image)).second) {
      scenes.push_back(std::move(scene));
    } else {
      FW_CHECK(++repeats < kMaxRepeats, "the sampler repeats itself");
    }
  }
  return scenes;
}

std::string SceneCaption(const SceneGraph& scene, CaptionDetail detail) {
  const bool everything = detail == CaptionDetail::kEverything;
  std::vector<std::string> things;
  std::vector<int64_t> told;
  for (const SceneRelation& relation : scene.relations) {
    if (!everything) break;
    const SceneObject* agent = FindObject(scene, relation.subject);
    const SceneObject* object = FindObject(scene, relation.object);
    FW_CHECK(agent != nullptr && object != nullptr, "a relation without its objects");
    things.push_back(fmt::format("{} {} {}", WithArticle(agent->name), relation.predicate,
                                 WithArticle(object->colour + " " + object->name)));
    told.push_back(object->id);
  }
  for (const SceneObject& object : scene.objects) {
    if (IndexOf(kAgents, object.name) != kAbsent) continue;
    if (std::find(told.begin(), told.end(), object.id) != told.end()) continue;
    things.push_back(WithArticle(object.colour + " " + object.name));
  }
  for (const SceneText& sign : scene.texts) {
    if (everything) things.push_back("a sign that says " + sign.text);
  }
  std::string caption = WithArticle(scene.place);
  for (size_t i = 0; i < things.size(); ++i) caption += (i == 0 ? " with " : " and ") + things[i];
  return caption;
}

}  // namespace flywheel::world
