// The 124 photographs of the real-data folder through the COCO reader, the question families and
// the image store.
#include "generators/coco.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "base/quotas.h"
#include "generators/benchmark.h"
#include "generators/plan.h"
#include "tests/support/real_data.h"
#include "workers/images/image_store.h"

namespace flywheel {
namespace {

using testing::RealData;

std::vector<SceneGraph> Photos(const std::string& root) {
  return ReadCoco({root, "images", "instances.json", "captions.json"}).value();
}

TEST_CASE("real photographs are read with their boxes, crowds and captions") {
  const std::string root = RealData("coco");
  if (root.empty()) return;
  const auto photos = Photos(root);
  CHECK(photos.size() == 124);
  size_t objects = 0, crowds = 0, captions = 0;
  for (const SceneGraph& photo : photos) {
    objects += photo.objects.size();
    captions += photo.captions.size();
    crowds += static_cast<size_t>(std::count_if(photo.objects.begin(), photo.objects.end(),
                                                [](const auto& one) { return one.crowd; }));
  }
  CHECK(objects == 1044);
  CHECK(crowds == 7);
  CHECK(captions == 480);
}

TEST_CASE("real photographs are dealt to a benchmark and a bank that serve five types") {
  const std::string root = RealData("coco");
  if (root.empty()) return;
  const PhotoBenchmark cut = MakePhotoBenchmark(Photos(root), {1, 0.5, 4}).value();
  std::map<int, int> types;
  for (const Question& question : cut.benchmark.questions) {
    ++types[question.question_type_id];
    CHECK(std::set<std::string>(question.choices.begin(), question.choices.end()).size() == 4);
  }
  CHECK(types.size() == 5);
  for (const int type : {1, 2, 4, 5, 6}) CHECK(types[type] > 10);
  PlanRequest request;
  request.images = 40;
  request.questions_per_image = 3;
  request.quotas = QuotasOf({{1, .1}, {2, .2}, {4, .2}, {5, .3}, {6, .2}}, 120).value();
  Fingerprints benchmark;
  for (const SceneGraph& scene : cut.benchmark.scenes) benchmark.Add(SceneFingerprint(scene));
  const Plan plan =
      MakePlan(cut.bank, QuestionMaker(MakePhotoContext(cut.bank)), benchmark, request);
  int samples = 0;
  for (const TypeSamples& type : plan.by_type) samples += type.samples;
  CHECK(samples > 90);
  CHECK(plan.dropped.empty());
}

TEST_CASE("every real photograph is decoded to the model's size") {
  const std::string root = RealData("coco");
  if (root.empty()) return;
  const auto store = ImageStore::Open({{}, root, 64}).value();
  for (const SceneGraph& photo : Photos(root)) {
    INFO(photo.image);
    const auto pixels = store.Load(photo.image);
    REQUIRE(pixels.ok());
    const std::set<uint8_t> values(pixels->begin(), pixels->end());
    CHECK(values.size() > 20);  // a picture, not one colour
  }
}

}  // namespace
}  // namespace flywheel
