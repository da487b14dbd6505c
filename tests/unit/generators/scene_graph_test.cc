#include "generators/scene_graph.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "base/digest.h"
#include "generators/world/scene_sampler.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

SceneGraph Example() {
  SceneGraph scene;
  scene.source = SceneSource::kCoco;
  scene.image = "images/a.jpg";
  scene.width = 640;
  scene.height = 480;
  scene.objects = {{7, "dog", "brown", "big", {1.25, 2, 30.5, 40}, false},
                   {9, "person", "", "", {100, 100, 50, 60}, true}};
  scene.relations = {{9, "holding", 7}};
  scene.texts = {{"stop", {5, 6, 7, 8}}};
  scene.captions = {"A dog."};
  return scene;
}

TEST_CASE("SHA-256 is the published one") {
  // FIPS 180-2, appendix B.
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 digest;
  digest.Update("a");
  digest.Update("bc");
  CHECK(digest.FinishHex() == Sha256Hex("abc"));
  CHECK(IsSha256Hex(Sha256Hex("")));
  CHECK_FALSE(IsSha256Hex("abc"));
}

TEST_CASE("a scene graph survives JSON") {
  const SceneGraph scene = Example();
  CHECK(SceneGraphFromJson(ToJson(scene)).value() == scene);
  const SceneGraph sampled = world::SampleScene(3);
  CHECK(SceneGraphFromJson(ToJson(sampled)).value() == sampled);
}

TEST_CASE("the digest ignores the image's name and nothing else") {
  const SceneGraph scene = Example();
  SceneGraph renamed = scene;
  renamed.image = "elsewhere.jpg";
  CHECK(SceneDigest(renamed) == SceneDigest(scene));
  SceneGraph moved = scene;
  moved.objects[0].box.x += 1;
  CHECK(SceneDigest(moved) != SceneDigest(scene));
  SceneGraph told = scene;
  told.captions.push_back("Another.");
  CHECK(SceneDigest(told) != SceneDigest(scene));
}

TEST_CASE("names of rendered images hold the digest") {
  const std::string digest = Sha256Hex("x");
  CHECK(DigestOfSceneImage(SceneImageName(digest)) == digest);
  CHECK(DigestOfSceneImage("images/a.jpg").empty());
  CHECK(DigestOfSceneImage("scene:short").empty());
}

TEST_CASE("a wrong scene is refused with the member") {
  const auto refusal = [](const nlohmann::json& change) {
    nlohmann::json value = ToJson(Example());
    value.merge_patch(change);
    return SceneGraphFromJson(value).status().message();
  };
  CHECK(refusal({{"width", 0}}).find("scene.width") != std::string::npos);
  CHECK(refusal({{"image", ""}}).find("scene.image") != std::string::npos);
  CHECK(refusal({{"source", "moon"}}).find("scene.source") != std::string::npos);
  CHECK(refusal({{"weather", "rain"}}).find("scene.weather: unknown member") != std::string::npos);
  CHECK(refusal({{"objects", {{{"id", 7}, {"name", "dog"}, {"box", {0, 0, 0, 5}}}}}})
            .find("scene.objects[0].box") != std::string::npos);
  CHECK(refusal({{"objects", nlohmann::json::array()}}).find("names object 9") !=
        std::string::npos);
}

TEST_CASE("files of scene graphs are read back equal, and errors name the line") {
  const testing::TempDir folder;
  const std::string path = folder / "scene_graphs.jsonl";
  const std::vector<SceneGraph> scenes = {Example(), world::SampleScene(1), world::SampleScene(2)};
  REQUIRE(WriteSceneGraphs(path, scenes).ok());
  CHECK(ReadSceneGraphs(path).value() == scenes);
  std::ofstream(path, std::ios::app) << "{\"source\": \"world\"}\n";
  CHECK(ReadSceneGraphs(path).status().message().find("scene_graphs.jsonl:4") != std::string::npos);
  CHECK(ReadSceneGraphs(folder / "none.jsonl").status().code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace flywheel
