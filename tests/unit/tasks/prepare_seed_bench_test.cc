// The prepare task on a benchmark in SEED-Bench's files, as `flywheel world` writes them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "generators/world_writer.h"
#include "tests/unit/tasks/photo_folder.h"
#include "tests/unit/tasks/small_model.h"
#include "tests/unit/tasks/temporary_task.h"
#include "workers/prepare/prepare_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

// A benchmark of 90 questions and a bank of other scenes, side by side.
struct WorldFolder {
  WorldFolder() {
    REQUIRE(WriteWorld({.out = folder / "bench", .seed = 1, .scenes = 60, .questions = 90}).ok());
    REQUIRE(WriteWorld({.out = folder / "bank", .seed = 2, .scenes = 40, .questions = 0}).ok());
    WriteSmallModel(folder / "base");
    std::filesystem::remove(folder / "base/base_mixture.json");
  }

  json Parameters() const {
    return {{"data_root", folder.path()},
            {"data",
             {{"seed_bench",
               {{"questions", "bench/SEED-Bench.json"},
                {"images", "bench/images"},
                {"bank", "bank/scene_graphs.jsonl"}}}}},
            {"model", {{"base", folder / "base"}}},
            {"gate", {{"policy", "MCNEMAR"}, {"alpha", 0.05}}}};
  }

  void ChangeQuestions(const std::function<void(json&)>& change) const {
    const std::string path = folder / "bench/SEED-Bench.json";
    json file = ReadJsonFile(path).value();
    change(file["questions"]);
    REQUIRE(WriteFile(path, file.dump()).ok());
  }

  std::string Refusal() const {
    TemporaryTask task("prepare", Parameters());
    const Result<TaskResult> result = task.Run(&RunPrepare);
    REQUIRE_FALSE(result.ok());
    return result.status().message();
  }

  testing::TempDir folder;
};

std::vector<Question> QuestionsOf(const TemporaryTask& task, const std::string& split) {
  return ReadQuestions(task.OutputPath(split) + "/questions.jsonl").value();
}

TEST_CASE("a benchmark in SEED-Bench's files is dealt to three splits, an image on one side only") {
  const WorldFolder world;
  TemporaryTask task("prepare", world.Parameters(), 5);
  const TaskResult result = task.MustRun(&RunPrepare);
  REQUIRE(result.prepare->splits.size() == 3);
  CHECK(result.prepare->bank_images == 40);
  CHECK(result.prepare->bank_refused == 0);
  std::map<std::string, std::string> side;
  int questions = 0;
  for (const std::string split : {"steer", "gate", "sealed"}) {
    for (const Question& question : QuestionsOf(task, split)) {
      CHECK(std::filesystem::exists(world.folder / question.image));
      CHECK(side.emplace(question.group, split).first->second == split);
      ++questions;
    }
  }
  CHECK(questions == 90);
}

TEST_CASE("a bank picture that the benchmark shows is refused and counted") {
  const WorldFolder world;
  auto bank = ReadSceneGraphs(world.folder / "bank/scene_graphs.jsonl").value();
  const auto bench = ReadSceneGraphs(world.folder / "bench/scene_graphs.jsonl").value();
  bank.push_back(bench[3]);
  REQUIRE(WriteSceneGraphs(world.folder / "bank/scene_graphs.jsonl", bank).ok());
  TemporaryTask task("prepare", world.Parameters(), 5);
  const TaskResult result = task.MustRun(&RunPrepare);
  // Scenes without questions are no part of the benchmark.
  std::set<std::string> asked;
  for (const std::string split : {"steer", "gate", "sealed"}) {
    for (const Question& question : QuestionsOf(task, split)) asked.insert(question.image);
  }
  REQUIRE(asked.contains("bench/images/4.png"));
  CHECK(result.prepare->bank_images == 40);
  CHECK(result.prepare->bank_refused == 1);
  const auto fingerprints = Fingerprints::Read(task.OutputPath("fingerprints")).value();
  CHECK(fingerprints.Contains(SceneFingerprint(bench[3])));
  // Samples of a pool are compared by the bytes of their pictures.
  for (const std::string& image : asked) {
    const std::string bytes = ReadFile(world.folder / image).value();
    CHECK(fingerprints.Contains(PictureFingerprint(bytes)));
  }
}

TEST_CASE("what is wrong in a benchmark's files is named with file, record and expectation") {
  const WorldFolder world;
  const std::string file = world.folder / "bench/SEED-Bench.json";
  const std::string good = ReadFile(file).value();
  const auto refusal = [&](const std::function<void(json&)>& change) {
    REQUIRE(WriteFile(file, good).ok());
    world.ChangeQuestions(change);
    return world.Refusal();
  };
  CHECK(refusal([](json& q) { q[7].erase("answer"); }) ==
        file + ": questions[7] (id 8): answer: expected A, B, C or D, found nothing");
  CHECK(refusal([](json& q) { q[7].erase("choice_d"); }) ==
        file + ": questions[7] (id 8): choice_d: expected a text, found nothing");
  CHECK(refusal([](json& q) { q[7]["question_type_id"] = 0; }) ==
        file + ": questions[7] (id 8): question_type_id: expected a type from 1 to 12, found 0");
  CHECK(refusal([](json& q) { q[7]["data_id"] = nullptr; }) ==
        file + ": question 8: data_id: expected the name of a picture, found null");
  CHECK(refusal([](json& q) {
          q[7]["data_id"] = "gone";
        }).starts_with(file + ": question 8: data_id: there is no picture "));
  CHECK(refusal([](json& q) { q = json::array(); }) ==
        file + ": no question about an image, expected at least 1");
  REQUIRE(WriteFile(file, "{ \"questions\": [ } ").ok());
  CHECK(world.Refusal().starts_with(file + ":1:"));
  REQUIRE(WriteFile(file, good).ok());
  const json questions = json::parse(good)["questions"];
  const std::string picture =
      world.folder / ("bench/images/" + questions[0]["data_id"].get<std::string>() + ".png");
  REQUIRE(WriteFile(picture, "\x89PNG\r\n\x1a\nnot really").ok());
  CHECK(world.Refusal().starts_with("question 1: image " + picture + ": "));
}

}  // namespace
}  // namespace flywheel
