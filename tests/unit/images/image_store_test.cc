#include "workers/images/image_store.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "base/io/files.h"
#include "generators/world/renderer.h"
#include "generators/world/scene_sampler.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

// A picture of one colour, blue, green, red.
void WritePicture(const std::string& path, int width, int height, const cv::Scalar& bgr) {
  REQUIRE(cv::imwrite(path, cv::Mat(height, width, CV_8UC3, bgr)));
}

std::vector<SceneGraph> Scenes(int count) {
  std::set<std::string> taken;
  return world::SampleScenes(5, count, {}, taken);
}

TEST_CASE("a rendered scene is found by its digest and has the renderer's pixels") {
  const testing::TempDir folder;
  const auto scenes = Scenes(3);
  REQUIRE(WriteSceneGraphs(folder / "scenes.jsonl", scenes).ok());
  const auto store =
      ImageStore::Open({{folder / "scenes.jsonl", folder / "not_there.jsonl"}, "", 64}).value();
  for (const SceneGraph& scene : scenes) {
    const auto pixels = store.Load(scene.image).value();
    const world::Pixels rendered = world::Render(scene).value();
    REQUIRE(pixels.size() == rendered.size());
    CHECK(std::equal(pixels.begin(), pixels.end(), rendered.begin()));
  }
  const auto missing = store.Load(SceneImageName(std::string(64, 'a')));
  CHECK(missing.status().code() == StatusCode::kNotFound);
  CHECK(missing.status().message().find("aaaa") != std::string::npos);
}

TEST_CASE("a scene that is not the one its name says is refused") {
  const testing::TempDir folder;
  auto scenes = Scenes(2);
  scenes[1].place = scenes[1].place == "farm" ? "beach" : "farm";
  REQUIRE(WriteSceneGraphs(folder / "scenes.jsonl", scenes).ok());
  const auto store = ImageStore::Open({{folder / "scenes.jsonl"}, "", 64});
  CHECK(store.status().message().find("scenes.jsonl:2: image") != std::string::npos);
}

TEST_CASE("a photograph is padded to a square with its mean colour and comes as RGB") {
  const testing::TempDir folder;
  std::filesystem::create_directory(folder / "images");
  cv::Mat picture(20, 40, CV_8UC3, cv::Scalar(0, 0, 200));        // red
  picture(cv::Rect(20, 0, 20, 20)).setTo(cv::Scalar(100, 0, 0));  // right half blue
  REQUIRE(cv::imwrite(folder / "images/a.png", picture));
  const auto store = ImageStore::Open({{}, folder.path(), 8}).value();
  const auto pixels = store.Load("images/a.png").value();
  REQUIRE(pixels.size() == 8 * 8 * 3);
  const auto at = [&](int x, int y) {
    const auto i = static_cast<size_t>(3 * (8 * y + x));
    return std::array<int, 3>{pixels[i], pixels[i + 1], pixels[i + 2]};
  };
  CHECK(at(0, 4) == std::array<int, 3>{200, 0, 0});
  CHECK(at(7, 4) == std::array<int, 3>{0, 0, 100});
  CHECK(at(0, 0) == std::array<int, 3>{100, 0, 50});  // above the picture: the mean
  CHECK(at(7, 7) == std::array<int, 3>{100, 0, 50});
}

TEST_CASE("pictures larger and smaller than the model's size both come in it") {
  const testing::TempDir folder;
  WritePicture(folder / "big.png", 300, 300, {10, 20, 30});
  WritePicture(folder / "small.png", 3, 3, {10, 20, 30});
  const auto store = ImageStore::Open({{}, folder.path(), 16}).value();
  for (const char* name : {"big.png", "small.png"}) {
    const auto pixels = store.Load(name).value();
    REQUIRE(pixels.size() == 16 * 16 * 3);
    for (size_t i = 0; i < pixels.size(); i += 3) {
      CHECK(pixels[i] == 30);
      CHECK(pixels[i + 1] == 20);
      CHECK(pixels[i + 2] == 10);
    }
  }
}

TEST_CASE("what cannot be read is an error that names the file") {
  const testing::TempDir folder;
  REQUIRE(WriteFile(folder / "broken.jpg", "no picture at all").ok());
  const auto store = ImageStore::Open({{}, folder.path(), 16}).value();
  const auto message = [&](const char* name) { return store.Load(name).status().message(); };
  CHECK(message("broken.jpg").find(folder / "broken.jpg: cannot be decoded") != std::string::npos);
  CHECK(store.Load("none.jpg").status().code() == StatusCode::kNotFound);
  CHECK(message("none.jpg").find(folder / "none.jpg") != std::string::npos);
  CHECK(message("../secret.jpg").find("leads out of") != std::string::npos);
  CHECK(message("/etc/passwd").find("leads out of") != std::string::npos);
  const auto nowhere = ImageStore::Open({{}, "", 16}).value();
  CHECK(nowhere.Load("a.jpg").status().code() == StatusCode::kNotFound);
  CHECK_FALSE(ImageStore::Open({{}, "", 0}).ok());
}

}  // namespace
}  // namespace flywheel
