#include "workers/prepare/prepare_task.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "base/io/record_codec.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "tests/unit/tasks/photo_folder.h"
#include "tests/unit/tasks/small_model.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

json WorldSourceOf(int steer, int gate, int sealed, int bank) {
  return {{"world",
           {{"steer_questions", steer},
            {"gate_questions", gate},
            {"sealed_questions", sealed},
            {"bank_scenes", bank}}}};
}

// Parameters with a base model at <folder>/base.
json Parameters(const testing::TempDir& folder, const json& data, const std::string& policy) {
  WriteSmallModel(folder / "base");
  std::filesystem::remove(folder / "base/base_mixture.json");
  return {{"data_root", folder.path()},
          {"data", data},
          {"model", {{"base", folder / "base"}}},
          {"gate", {{"policy", policy}, {"alpha", 0.05}}}};
}

std::string ErrorOf(TemporaryTask& task) {
  const Result<TaskResult> result = task.Run(&RunPrepare);
  REQUIRE_FALSE(result.ok());
  return result.status().message();
}

std::vector<Question> QuestionsOf(const TemporaryTask& task, const std::string& split) {
  const auto questions = ReadQuestions(task.OutputPath(split) + "/questions.jsonl");
  INFO(questions.status().message());
  REQUIRE(questions.ok());
  return *questions;
}

std::vector<SceneGraph> ScenesOf(const TemporaryTask& task, const std::string& file) {
  const auto scenes = ReadSceneGraphs(task.OutputPath(file));
  INFO(scenes.status().message());
  REQUIRE(scenes.ok());
  return *scenes;
}

TEST_CASE(
    "A rendered world gives three splits, a bank and a model, and no scene is in two of them") {
  const testing::TempDir folder;
  TemporaryTask task("prepare", Parameters(folder, WorldSourceOf(90, 45, 99, 120), "MCNEMAR"), 7);
  const TaskResult result = task.MustRun(&RunPrepare);
  REQUIRE(result.prepare.has_value());
  CHECK(result.prepare->splits ==
        std::vector<SplitSize>{{"steer", 90, 90}, {"gate", 45, 45}, {"sealed", 99, 99}});
  CHECK(result.prepare->bank_images == 120);
  CHECK(result.prepare->bank_refused == 0);
  std::vector<std::string> outputs;
  for (const TaskOutput& output : result.outputs) outputs.push_back(output.name);
  CHECK(outputs ==
        std::vector<std::string>{"model", "steer", "gate", "sealed", "bank", "fingerprints"});

  const auto fingerprints = Fingerprints::Read(task.OutputPath("fingerprints"));
  REQUIRE(fingerprints.ok());
  std::set<std::string> scenes;
  for (const std::string split : {"steer", "gate", "sealed"}) {
    std::map<int, int> types;
    std::set<std::string> images;
    for (const SceneGraph& scene : ScenesOf(task, split + "/scenes.jsonl")) {
      CHECK(scenes.insert(SceneDigest(scene)).second);
      CHECK(fingerprints->Contains(SceneFingerprint(scene)));
      images.insert(scene.image);
    }
    for (const Question& question : QuestionsOf(task, split)) {
      ++types[question.question_type_id];
      CHECK(images.contains(question.image));
      CHECK(question.group == question.image);
      CHECK(fingerprints->Contains(QuestionFingerprint(question.image, question.question)));
    }
    CHECK(types.size() == 9);
    for (const auto& [type, count] : types) CHECK(count == types[1]);
  }
  for (const SceneGraph& scene : ScenesOf(task, "bank/scene_graphs.jsonl")) {
    CHECK(scenes.insert(SceneDigest(scene)).second);
    CHECK_FALSE(fingerprints->Contains(SceneFingerprint(scene)));
  }
  CHECK(ReadTree(task.OutputPath("model")) == ReadTree(folder / "base"));
}

TEST_CASE("Fingerprints are hashes and nothing else") {
  const testing::TempDir folder;
  TemporaryTask task("prepare", Parameters(folder, WorldSourceOf(9, 0, 9, 9), "ALWAYS_PROMOTE"));
  task.MustRun(&RunPrepare);
  CHECK(task.Output("fingerprints").find_first_not_of("0123456789abcdef\n") == std::string::npos);
}

TEST_CASE("Preparing twice gives the same bytes, another seed gives others") {
  const testing::TempDir folder;
  const json parameters = Parameters(folder, WorldSourceOf(45, 45, 45, 60), "MCNEMAR");
  TemporaryTask first("prepare", parameters, 3);
  TemporaryTask second("prepare", parameters, 3);
  TemporaryTask third("prepare", parameters, 4);
  for (TemporaryTask* task : {&first, &second, &third}) task->MustRun(&RunPrepare);
  CHECK(first.Outputs() == second.Outputs());
  CHECK(first.Output("steer/questions.jsonl") != third.Output("steer/questions.jsonl"));
  CHECK(first.Output("bank/scene_graphs.jsonl") != third.Output("bank/scene_graphs.jsonl"));
}

TEST_CASE("What weakens the numbers is told in warnings") {
  const testing::TempDir folder;
  TemporaryTask gated("prepare", Parameters(folder, WorldSourceOf(45, 11, 90, 9), "MCNEMAR"));
  const std::vector<std::string> warnings = gated.MustRun(&RunPrepare).prepare->warnings;
  REQUIRE(warnings.size() == 4);
  CHECK(
      warnings[0] ==
      "fewer than 30 gate questions of type 1 (Scene Understanding): 2, 2 (Instance Identity): 2, "
      "3 (Instance Attributes): 1, 4 (Instance Location): 1, 5 (Instances Counting): 1, 6 "
      "(Spatial Relation): 1, 7 (Instance Interaction): 1, 8 (Visual Reasoning): 1, 9 (Text "
      "Understanding): 1: too few to notice that a candidate is worse there");
  CHECK(warnings[1] ==
        "split steer has 45 questions: an accuracy near one half is known to about 14 points "
        "either way (95 %)");
  TemporaryTask free("prepare",
                     Parameters(folder, WorldSourceOf(900, 0, 900, 9), "ALWAYS_PROMOTE"));
  const TaskResult result = free.MustRun(&RunPrepare);
  CHECK(result.prepare->warnings ==
        std::vector<std::string>{
            "no gate split: every candidate becomes champion, whether it is better or not"});
  CHECK_FALSE(free.HasOutput("gate"));
}

TEST_CASE("A gate split that no candidate could pass is refused with the numbers") {
  const testing::TempDir folder;
  json parameters = Parameters(folder, WorldSourceOf(45, 4, 45, 9), "MCNEMAR");
  TemporaryTask few("prepare", parameters);
  CHECK(ErrorOf(few) ==
        "the gate split has 4 questions, expected at least 5: with fewer no candidate can pass the "
        "test at alpha 0.05 shared by 1 looks; enlarge the split or take gate.policy "
        "ALWAYS_PROMOTE");
  parameters["data"]["world"]["gate_questions"] = 5;
  parameters["iterations"] = 3;
  TemporaryTask looks("prepare", parameters);
  CHECK(ErrorOf(looks).starts_with("the gate split has 5 questions, expected at least 6: "));
  parameters["data"]["world"]["gate_questions"] = 6;
  TemporaryTask enough("prepare", parameters);
  enough.MustRun(&RunPrepare);
}

TEST_CASE("Parameters that make no sense are refused with their place") {
  const testing::TempDir folder;
  const auto error = [&](const std::string& pointer, const json& value) {
    json parameters = Parameters(folder, WorldSourceOf(9, 9, 9, 9), "MCNEMAR");
    parameters[json::json_pointer(pointer)] = value;
    TemporaryTask task("prepare", parameters);
    return ErrorOf(task);
  };
  CHECK(error("/colour", 1) == "parameters.colour: unknown member");
  CHECK(error("/data/world/steer_questions", 0) ==
        "parameters.data.world.steer_questions: expected at least 1, found 0");
  CHECK(error("/data/world/scenes", 5) == "parameters.data.world.scenes: unknown member");
  CHECK(error("/data/coco", json::object()) ==
        "parameters.data: expected one of world, coco and seed_bench, found 2");
  CHECK(error("/data/shares", {{"steer", 0.5}, {"gate", 0.2}}) ==
        "parameters.data.shares: expected a sum of 1, found 0.7");
  CHECK(error("/gate/policy", "NEVER") ==
        "parameters.gate.policy: expected MCNEMAR or ALWAYS_PROMOTE, found 'NEVER'");
  CHECK(error("/model/base", folder / "nowhere") ==
        "model.base: expected a folder, found none at '" + (folder / "nowhere") + "'");
}

TEST_CASE("Photographs are split between benchmark and bank, and no photo is on two sides") {
  const testing::TempDir folder;
  const PhotoFolder photos(folder.path(), 40);
  TemporaryTask task("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"), 5);
  const TaskResult result = task.MustRun(&RunPrepare);
  std::map<std::string, std::string> side;
  int questions = 0;
  for (const std::string split : {"steer", "sealed"}) {
    for (const Question& question : QuestionsOf(task, split)) {
      CHECK(side.emplace(question.image, split).first->second == split);
      CHECK(std::filesystem::exists(folder / question.image));
      ++questions;
    }
    CHECK_FALSE(task.HasOutput(split + "/scenes.jsonl"));
  }
  CHECK(questions == result.prepare->splits[0].questions + result.prepare->splits[2].questions);
  CHECK(questions >= 40);
  const std::vector<SceneGraph> bank = ScenesOf(task, "bank/scene_graphs.jsonl");
  CHECK(bank.size() == 20);
  CHECK(result.prepare->bank_images == 20);
  for (const SceneGraph& photo : bank) CHECK(side.emplace(photo.image, "bank").second);
  CHECK_FALSE(result.prepare->warnings.empty());
}

TEST_CASE("Copies of a picture never end up on two sides") {
  const uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  const testing::TempDir folder;
  PhotoFolder photos(folder.path(), 30);
  // Ten pictures come a second time under another name.
  for (int i = 0; i < 10; ++i) {
    const std::string from = fmt::format("{:06}.png", i);
    const std::string to = fmt::format("copy{:02}.png", i);
    std::filesystem::copy(folder / ("images/" + from), folder / ("images/" + to));
    json image = photos.instances["images"][static_cast<size_t>(i)];
    image["id"] = 1000 + i;
    image["file_name"] = to;
    photos.instances["images"].push_back(image);
    photos.captions["images"].push_back(image);
  }
  photos.Save();
  TemporaryTask task("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"), seed);
  const TaskResult result = task.MustRun(&RunPrepare);
  std::map<std::string, std::string> side;  // of a picture's bytes
  for (const std::string split : {"steer", "sealed"}) {
    for (const Question& question : QuestionsOf(task, split)) {
      CHECK(side.emplace(ReadText(folder / question.image), split).first->second == split);
    }
  }
  int copies = 0;
  for (const SceneGraph& photo : ScenesOf(task, "bank/scene_graphs.jsonl")) {
    CHECK_FALSE(side.contains(ReadText(folder / photo.image)));
    if (photo.image.starts_with("images/copy")) ++copies;
  }
  CHECK(copies + result.prepare->bank_refused == 10);
  CHECK(result.prepare->bank_refused > 0);
}

TEST_CASE("Preparing photographs twice gives the same bytes") {
  const testing::TempDir folder;
  const PhotoFolder photos(folder.path(), 24);
  TemporaryTask first("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"), 9);
  TemporaryTask second("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"), 9);
  first.MustRun(&RunPrepare);
  second.MustRun(&RunPrepare);
  CHECK(first.Outputs() == second.Outputs());
}

TEST_CASE("A photo that cannot be decoded is refused by name") {
  const testing::TempDir folder;
  const PhotoFolder photos(folder.path(), 12);
  WriteText(folder / "images/000007.png", "these bytes are no picture");
  TemporaryTask task("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"));
  const std::string error = ErrorOf(task);
  CHECK(error.find(folder / "images/000007.png") != std::string::npos);
  CHECK(error.find("cannot be decoded") != std::string::npos);
}

TEST_CASE("A photo that was cut short is refused, although decoders would fill it with grey") {
  const testing::TempDir folder;
  const PhotoFolder photos(folder.path(), 12);
  const std::string path = folder / "images/000007.png";
  const std::string whole = ReadText(path);
  WriteText(path, whole.substr(0, whole.size() - 20));
  TemporaryTask task("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"));
  CHECK(ErrorOf(task) == fmt::format("image {}: is cut short: a PNG of {} bytes without its end "
                                     "marker",
                                     path, whole.size() - 20));
}

TEST_CASE("Annotations that are wrong are refused with file and record") {
  const testing::TempDir folder;
  PhotoFolder photos(folder.path(), 12);
  const json instances = photos.instances;
  const auto error = [&] {
    photos.Save();
    photos.instances = instances;
    TemporaryTask task("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"));
    return ErrorOf(task);
  };
  const std::string file = folder / "instances.json";
  photos.instances["annotations"][4]["category_id"] = 91;
  CHECK(error() == file + ": annotations[4] (id 5): category_id 91 is not in categories");
  photos.instances["annotations"][4]["image_id"] = 77;
  CHECK(error() == file + ": annotations[4] (id 5): image_id 77 is not in images");
  photos.instances["images"][2]["file_name"] = "gone.png";
  CHECK(error().find(folder / "images/gone.png") != std::string::npos);
  std::filesystem::remove(file);
  TemporaryTask missing("prepare", Parameters(folder, PhotoSource(), "ALWAYS_PROMOTE"));
  CHECK(ErrorOf(missing).find(file) != std::string::npos);
}

TEST_CASE("Too few photos for a gate split are refused with what to do") {
  const testing::TempDir folder;
  const PhotoFolder photos(folder.path(), 4);
  json data = PhotoSource();
  data["shares"] = {{"steer", 0.9}, {"gate", 0.1}};
  TemporaryTask task("prepare", Parameters(folder, data, "MCNEMAR"));
  CHECK(ErrorOf(task) ==
        "split gate has no questions, expected at least 1: the benchmark is too "
        "small for its shares");
}

}  // namespace
}  // namespace flywheel
