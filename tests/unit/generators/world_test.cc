#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "base/digest.h"
#include "generators/world/dense_labels.h"
#include "generators/world/font.h"
#include "generators/world/renderer.h"
#include "generators/world/scene_sampler.h"
#include "generators/world/words.h"

namespace flywheel::world {
namespace {

constexpr uint64_t kSeed = 77;

std::vector<SceneGraph> Scenes(int count) {
  std::set<std::string> taken;
  return SampleScenes(kSeed, count, {}, taken);
}

std::string Bytes(const Pixels& pixels) { return {pixels.begin(), pixels.end()}; }

bool Overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

TEST_CASE("a scene is a function of its seed and is named by its digest") {
  const SceneGraph scene = SampleScene(kSeed);
  CHECK(scene == SampleScene(kSeed));
  CHECK(scene.image == SceneImageName(SceneDigest(scene)));
  CHECK(SampleScene(kSeed + 1) != scene);
}

TEST_CASE("sampled scenes are distinct and avoid those that are taken") {
  std::set<std::string> taken;
  const auto first = SampleScenes(kSeed, 500, {}, taken);
  CHECK(taken.size() == 500);
  const auto again = SampleScenes(kSeed, 500, {}, taken);
  CHECK(taken.size() == 1000);
  for (const SceneGraph& scene : again) {
    CHECK(std::find(first.begin(), first.end(), scene) == first.end());
  }
}

TEST_CASE("things lie inside the picture and do not overlap") {
  for (const SceneGraph& scene : Scenes(500)) {
    std::vector<Box> boxes;
    for (const SceneObject& object : scene.objects) boxes.push_back(object.box);
    for (const SceneText& sign : scene.texts) boxes.push_back(sign.box);
    for (size_t i = 0; i < boxes.size(); ++i) {
      INFO("seed " << kSeed << ", " << scene.image);
      REQUIRE(boxes[i].x >= 0);
      REQUIRE(boxes[i].y >= 0);
      REQUIRE(boxes[i].x + boxes[i].width <= kImageSize);
      REQUIRE(boxes[i].y + boxes[i].height <= kImageSize);
      for (size_t j = 0; j < i; ++j) REQUIRE_FALSE(Overlap(boxes[i], boxes[j]));
    }
  }
}

TEST_CASE("every word of the world occurs in sampled scenes") {
  std::set<std::string> words;
  for (const SceneGraph& scene : Scenes(3000)) {
    words.insert({scene.place, scene.daylight});
    for (const SceneObject& object : scene.objects) {
      words.insert({object.name, object.colour, object.size});
    }
    for (const SceneRelation& relation : scene.relations) words.insert(relation.predicate);
    for (const SceneText& sign : scene.texts) words.insert(sign.text);
  }
  const auto expect = [&](const auto& list) {
    for (const std::string_view word : list) {
      INFO(word);
      CHECK(words.contains(std::string(word)));
    }
  };
  expect(kShapes);
  expect(kColours);
  expect(kSizes);
  expect(kPlaces);
  expect(kDaylights);
  expect(kAgents);
  expect(kPredicates);
  expect(kSignTexts);
}

TEST_CASE("rendering is a pure function of the scene and different scenes look different") {
  std::set<std::string> pictures;
  const auto scenes = Scenes(300);
  for (const SceneGraph& scene : scenes) {
    const std::string bytes = Bytes(Render(scene).value());
    CHECK(bytes == Bytes(Render(scene).value()));
    pictures.insert(bytes);
  }
  CHECK(pictures.size() == scenes.size());
}

TEST_CASE("a shape is painted in its colour at its centre, but for the hole of a ring") {
  SceneGraph scene;
  scene.width = scene.height = kImageSize;
  scene.place = "ocean";
  scene.daylight = "night";
  scene.image = "scene";
  for (const std::string_view shape : kShapes) {
    for (const int radius : {kSmallRadius, kBigRadius}) {
      const double side = 2 * radius + 1;
      scene.objects = {{1,
                        std::string(shape),
                        "red",
                        radius == kBigRadius ? "big" : "small",
                        {20, 30, side, side},
                        false}};
      const Pixels pixels = Render(scene).value();
      const auto at = static_cast<size_t>(3 * ((30 + radius) * kImageSize + 20 + radius));
      INFO(shape << " of radius " << radius);
      CHECK((pixels[at] == 225) == (shape != "ring"));
      CHECK(pixels[at + 1] < 30);
    }
  }
}

TEST_CASE("each shape, size and colour gives a picture of its own") {
  SceneGraph scene;
  scene.width = scene.height = kImageSize;
  scene.place = "farm";
  scene.daylight = "noon";
  std::set<std::string> pictures;
  for (const std::string_view shape : kShapes) {
    for (const std::string_view colour : kColours) {
      for (const int radius : {kSmallRadius, kBigRadius}) {
        const double side = 2 * radius + 1;
        scene.objects = {{1,
                          std::string(shape),
                          std::string(colour),
                          radius == kBigRadius ? "big" : "small",
                          {20, 30, side, side},
                          false}};
        pictures.insert(Bytes(Render(scene).value()));
      }
    }
  }
  CHECK(pictures.size() == kShapes.size() * kColours.size() * 2);
}

TEST_CASE("places, times of day and signs all look different") {
  SceneGraph scene;
  scene.width = scene.height = kImageSize;
  std::set<std::string> pictures;
  for (const std::string_view place : kPlaces) {
    for (const std::string_view daylight : kDaylights) {
      scene.place = place;
      scene.daylight = daylight;
      pictures.insert(Bytes(Render(scene).value()));
    }
  }
  CHECK(pictures.size() == kPlaces.size() * kDaylights.size());
  pictures.clear();
  for (const std::string_view text : kSignTexts) {
    for (const char c : text) REQUIRE(FindGlyph(c) != nullptr);
    scene.texts = {{std::string(text), {10, 10, 35, 15}}};
    pictures.insert(Bytes(Render(scene).value()));
  }
  CHECK(pictures.size() == kSignTexts.size());
}

TEST_CASE("a scene with words of another world is refused with the word") {
  SceneGraph scene = SampleScene(kSeed);
  scene.place = "moon";
  CHECK(Render(scene).status().message().find("place 'moon'") != std::string::npos);
  scene = SampleScene(kSeed);
  scene.objects.front().name = "hexagon";
  scene.relations.clear();
  CHECK(Render(scene).status().message().find("'hexagon'") != std::string::npos);
  scene = SampleScene(kSeed);
  scene.source = SceneSource::kCoco;
  CHECK(Render(scene).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("dense labels mark every thing once, at the patch of its centre") {
  for (const SceneGraph& scene : Scenes(500)) {
    const DenseLabels labels = LabelScene(scene);
    CHECK(kPlaces[static_cast<size_t>(labels.place)] == scene.place);
    CHECK(kDaylights[static_cast<size_t>(labels.daylight)] == scene.daylight);
    const auto marked = std::count_if(labels.what.begin(), labels.what.end(),
                                      [](int8_t what) { return what != 0; });
    INFO("seed " << kSeed << ", " << scene.image);
    // Two things in one patch would be marked once.
    REQUIRE(marked == static_cast<long>(scene.objects.size() + scene.texts.size()));
    for (const SceneObject& object : scene.objects) {
      const int row = static_cast<int>(object.box.CentreY()) / 8;
      const int column = static_cast<int>(object.box.CentreX()) / 8;
      const auto patch = static_cast<size_t>(8 * row + column);
      CHECK(labels.row[patch] == row);
      CHECK(labels.column[patch] == column);
      if (IndexOf(kAgents, object.name) != kAbsent) {
        CHECK(labels.agent[patch] == IndexOf(kAgents, object.name));
        CHECK(labels.shape[patch] == kNoLabel);
      } else {
        CHECK(labels.shape[patch] == IndexOf(kShapes, object.name));
        CHECK(labels.colour[patch] == IndexOf(kColours, object.colour));
        CHECK(labels.size[patch] == IndexOf(kSizes, object.size));
        CHECK(labels.agent[patch] == kNoLabel);
      }
    }
    const auto related = std::count_if(labels.relation.begin(), labels.relation.end(),
                                       [](int8_t relation) { return relation != kNoLabel; });
    CHECK(related == static_cast<long>(2 * scene.relations.size()));
  }
}

TEST_CASE("regions are thirds in reading order") {
  CHECK(kRegions[static_cast<size_t>(RegionOf(5, 5, 64, 64))] == "top left");
  CHECK(kRegions[static_cast<size_t>(RegionOf(32, 5, 64, 64))] == "top");
  CHECK(kRegions[static_cast<size_t>(RegionOf(32, 32, 64, 64))] == "center");
  CHECK(kRegions[static_cast<size_t>(RegionOf(63.9, 63.9, 64, 64))] == "bottom right");
  CHECK(kRegions[static_cast<size_t>(RegionOf(21.4, 42.5, 64, 64))] == "center");
  CHECK(kRegions[static_cast<size_t>(RegionOf(639, 10, 640, 480))] == "top right");
}

TEST_CASE("captions name what the detail asks for") {
  SceneGraph scene;
  scene.place = "ocean";
  scene.objects = {{1, "robot", "", "", {0, 0, 11, 18}, false},
                   {2, "heart", "pink", "small", {20, 0, 9, 9}, false},
                   {3, "star", "orange", "big", {40, 0, 15, 15}, false}};
  scene.relations = {{1, "kicking", 2}};
  scene.texts = {{"stop", {}}};
  CHECK(SceneCaption(scene, CaptionDetail::kShapesOnly) ==
        "an ocean with a pink heart and an orange star");
  CHECK(SceneCaption(scene, CaptionDetail::kEverything) ==
        "an ocean with a robot kicking a pink heart and an orange star and a sign that says stop");
}

}  // namespace
}  // namespace flywheel::world
