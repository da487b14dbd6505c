#include "workers/generate/generate_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "base/digest.h"
#include "base/io/summary_codec.h"
#include "base/records/question.h"
#include "generators/base_mixture.h"
#include "generators/fingerprints.h"
#include "pool/formats/llava_row.h"
#include "tests/unit/tasks/photo_folder.h"
#include "tests/unit/tasks/small_model.h"
#include "tests/unit/tasks/temporary_task.h"
#include "workers/prepare/prepare_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr int kMixtureImages = 40;
const std::string kEvaluation = Sha256Hex("evaluation of the champion");

// Prepared data that all tests generate from: 200 scenes in the bank.
class Prepared {
 public:
  explicit Prepared(const json& data) {
    WriteSmallModel(folder_ / "base");
    BaseMixture mixture;
    mixture.images = kMixtureImages;
    WriteText(folder_ / "base/base_mixture.json", ToJson(mixture).dump());
    if (data.contains("coco")) PhotoFolder(folder_.path(), 40);
    task_ =
        std::make_unique<TemporaryTask>("prepare", json{{"data_root", folder_.path()},
                                                        {"data", data},
                                                        {"model", {{"base", folder_ / "base"}}},
                                                        {"gate", {{"policy", "ALWAYS_PROMOTE"}}}});
    task_->MustRun(&RunPrepare);
  }

  const TemporaryTask& task() const { return *task_; }

  static const Prepared& World() {
    static const json data = {
        {"world", {{"steer_questions", 45}, {"sealed_questions", 45}, {"bank_scenes", 200}}}};
    static const Prepared prepared(data);
    return prepared;
  }

 private:
  testing::TempDir folder_;
  std::unique_ptr<TemporaryTask> task_;
};

struct Options {
  int iteration = 1;
  int images = 50;
  double replay_ratio = 0.3;
  std::string start = "CHAMPION";
  std::map<int, double> weights = {{4, 0.5}, {5, 0.25}, {9, 0.25}};
  uint64_t seed = 11;
};

std::unique_ptr<TemporaryTask> NewTask(const Prepared& prepared, const Options& options) {
  auto task = std::make_unique<TemporaryTask>("generate",
                                              json{{"iteration", options.iteration},
                                                   {"generate",
                                                    {{"images", options.images},
                                                     {"questions_per_image", 4},
                                                     {"replay_ratio", options.replay_ratio}}},
                                                   {"start", options.start},
                                                   {"image_root", ""},
                                                   {"evaluation", kEvaluation}},
                                              options.seed);
  task->AddOutputOf(prepared.task(), "bank", "bank");
  task->AddOutputOf(prepared.task(), "fingerprints", "fingerprints");
  task->AddOutputOf(prepared.task(), "model", "base_model");
  AnalysisSummary analysis;
  analysis.policy = "manual";
  for (const auto& [type, weight] : options.weights) {
    analysis.weights.push_back({.type = type, .name = QuestionTypeName(type), .weight = weight});
  }
  task->AddFile("analysis", ToJson(analysis).dump());
  task->AddFile("bad_cases", "");
  return task;
}

std::vector<LlavaRow> RowsOf(const TemporaryTask& task, const std::string& file) {
  const auto rows = ReadLlavaRows(task.OutputPath(file));
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  return *rows;
}

std::set<std::string> ImagesOf(const TemporaryTask& task, const std::string& file) {
  const auto scenes = ReadSceneGraphs(task.OutputPath(file));
  INFO(scenes.status().message());
  REQUIRE(scenes.ok());
  std::set<std::string> images;
  for (const SceneGraph& scene : *scenes) {
    CHECK(scene.image == SceneImageName(SceneDigest(scene)));
    images.insert(scene.image);
  }
  return images;
}

int CountOf(const std::vector<LlavaRow>& rows, const std::string& prefix) {
  return static_cast<int>(std::count_if(
      rows.begin(), rows.end(), [&](const LlavaRow& row) { return row.id.starts_with(prefix); }));
}

TEST_CASE("Quotas follow the weights, and every quota is filled where the bank can serve it") {
  const auto task = NewTask(Prepared::World(), {});
  const TaskResult result = task->MustRun(&RunGenerate);
  REQUIRE(result.generation.has_value());
  const GenerationSummary& summary = *result.generation;
  CHECK(summary.samples == 200);
  CHECK(summary.images == 50);
  REQUIRE(summary.by_type.size() == 3);
  CHECK(summary.by_type[0] == TypeSamples{4, "Instance Location", 100, 100});
  CHECK(summary.by_type[1] == TypeSamples{5, "Instances Counting", 50, 50});
  CHECK(summary.by_type[2] == TypeSamples{9, "Text Understanding", 50, 50});
}

TEST_CASE("Every sample can be followed back to its quota, weight, evaluation and image") {
  const auto task = NewTask(Prepared::World(), {});
  task->MustRun(&RunGenerate);
  const std::vector<LlavaRow> rows = RowsOf(*task, "dataset/samples.jsonl");
  const std::set<std::string> scenes = ImagesOf(*task, "dataset/scenes.jsonl");
  std::map<std::string, json> provenance;
  for (const json& line : ParseLines(task->Output("dataset/provenance.jsonl"))) {
    CHECK(provenance.emplace(line["id"], line).second);
  }
  CHECK(provenance.size() == 200);
  const std::map<int, std::pair<int, double>> expected = {
      {4, {100, 0.5}}, {5, {50, 0.25}}, {9, {50, 0.25}}};
  for (const LlavaRow& row : rows) {
    CHECK(scenes.contains(row.image));
    for (size_t turn = 0; turn * 2 < row.conversations.size(); ++turn) {
      const json& line = provenance.at(fmt::format("{}#{}", row.id, turn));
      CHECK(line["image"] == row.image);
      CHECK(line["scene"] == std::string(DigestOfSceneImage(row.image)));
      CHECK(line["evaluation"] == kEvaluation);
      CHECK(line["analysis"] == Sha256Hex("analysis"));
      CHECK(line["quota"] == expected.at(line["type"]).first);
      CHECK(line["weight"] == expected.at(line["type"]).second);
      CHECK_FALSE(line["family"].get<std::string>().empty());
      CHECK_FALSE(line["seed"].get<std::string>().empty());
    }
  }
}

TEST_CASE("No sample shows a scene of the benchmark") {
  const auto task = NewTask(Prepared::World(), {.start = "BASE"});
  task->MustRun(&RunGenerate);
  const auto fingerprints = Fingerprints::Read(task->root() + "/inputs/fingerprints");
  REQUIRE(fingerprints.ok());
  for (const std::string& image : ImagesOf(*task, "training_set/scenes.jsonl")) {
    CHECK_FALSE(fingerprints->Contains(std::string(DigestOfSceneImage(image))));
  }
}

TEST_CASE(
    "A bank scene of the benchmark is dropped and counted, and so is one of the base mixture") {
  const auto task = NewTask(Prepared::World(), {.start = "BASE"});
  Fingerprints leaks;
  const auto bank = ReadSceneGraphs(task->root() + "/inputs/bank/scene_graphs.jsonl");
  REQUIRE(bank.ok());
  std::set<std::string> leaked;
  for (size_t i = 0; i < 150; ++i) {
    leaks.Add(SceneFingerprint((*bank)[i]));
    leaked.insert((*bank)[i].image);
  }
  BaseMixture mixture;
  mixture.images = kMixtureImages;
  leaks.Add(SceneFingerprint(MakeBaseSample(mixture, 3).scene));
  REQUIRE(leaks.Write(task->root() + "/inputs/fingerprints").ok());
  const TaskResult result = task->MustRun(&RunGenerate);
  for (const LlavaRow& row : RowsOf(*task, "training_set/rows.jsonl")) {
    CHECK_FALSE(leaked.contains(row.image));
    CHECK(row.id != MakeBaseSample(mixture, 3).row.id);
  }
  std::map<std::string, int> dropped;
  for (const DropCount& drop : result.generation->dropped) dropped[drop.reason] = drop.count;
  CHECK(dropped["scene of the benchmark"] == 150);
  CHECK(dropped["replayed scene of the benchmark"] == 1);
  CHECK(result.generation->replay_images == kMixtureImages - 1);
}

TEST_CASE("From the champion a share of earlier data is replayed, each image with its scene") {
  const auto task = NewTask(Prepared::World(), {});
  const TaskResult result = task->MustRun(&RunGenerate);
  CHECK(result.generation->replay_images == 15);
  const std::vector<LlavaRow> rows = RowsOf(*task, "training_set/rows.jsonl");
  CHECK(rows.size() == 65);
  CHECK(CountOf(rows, "i1-") == 50);
  CHECK(CountOf(rows, "base-") == 15);
  const std::set<std::string> scenes = ImagesOf(*task, "training_set/scenes.jsonl");
  for (const LlavaRow& row : rows) CHECK(scenes.contains(row.image));
}

TEST_CASE("A later iteration replays earlier ones too and asks nothing again") {
  const auto first = NewTask(Prepared::World(), {});
  first->MustRun(&RunGenerate);
  const auto second = NewTask(Prepared::World(), {.iteration = 2, .replay_ratio = 1.2, .seed = 12});
  second->AddOutputOf(*first, "dataset", "dataset_i1");
  const TaskResult result = second->MustRun(&RunGenerate);
  const std::vector<LlavaRow> rows = RowsOf(*second, "training_set/rows.jsonl");
  CHECK(result.generation->replay_images == 60);
  CHECK(CountOf(rows, "i2-") == 50);
  CHECK(CountOf(rows, "i1-") + CountOf(rows, "base-") == 60);
  CHECK(CountOf(rows, "i1-") > 10);
  CHECK(CountOf(rows, "base-") > 10);
  std::set<std::string> ids;
  for (const LlavaRow& row : rows) CHECK(ids.insert(row.id).second);

  std::set<std::string> asked;
  const auto note = [&asked](const TemporaryTask& task) {
    for (const LlavaRow& row : RowsOf(task, "dataset/samples.jsonl")) {
      for (size_t i = 0; i < row.conversations.size(); i += 2) {
        std::string question = row.conversations[i].value;
        if (i == 0) question = question.substr(std::string("<image>\n").size());
        CHECK(asked.insert(row.image + question).second);
      }
    }
  };
  note(*first);
  note(*second);
}

TEST_CASE("Data made for a rejected model are replayed, and counted as such") {
  const auto first = NewTask(Prepared::World(), {});
  first->MustRun(&RunGenerate);
  const auto second = NewTask(Prepared::World(), {.iteration = 2, .replay_ratio = 1.2, .seed = 12});
  second->AddOutputOf(*first, "dataset", "rejected_dataset_i1");
  const TaskResult result = second->MustRun(&RunGenerate);
  const std::vector<LlavaRow> rows = RowsOf(*second, "training_set/rows.jsonl");
  CHECK(result.generation->replay_images == 60);
  CHECK(result.generation->rejected_replay_images == CountOf(rows, "i1-"));
  CHECK(result.generation->rejected_replay_images > 10);
}

TEST_CASE("From the base model everything comes again") {
  const auto first = NewTask(Prepared::World(), {});
  first->MustRun(&RunGenerate);
  const auto second = NewTask(Prepared::World(), {.iteration = 2, .start = "BASE", .seed = 12});
  second->AddOutputOf(*first, "dataset", "dataset_i1");
  const TaskResult result = second->MustRun(&RunGenerate);
  const std::vector<LlavaRow> rows = RowsOf(*second, "training_set/rows.jsonl");
  CHECK(CountOf(rows, "base-") == kMixtureImages);
  CHECK(CountOf(rows, "i1-") == 50);
  CHECK(CountOf(rows, "i2-") == 50);
  CHECK(result.generation->replay_images == kMixtureImages + 50);
}

TEST_CASE("Rows are shuffled, so that replay does not come last") {
  const auto task = NewTask(Prepared::World(), {});
  task->MustRun(&RunGenerate);
  const std::vector<LlavaRow> rows = RowsOf(*task, "training_set/rows.jsonl");
  const std::vector<LlavaRow> half(rows.begin(), rows.begin() + 32);
  CHECK(CountOf(half, "base-") > 0);
  CHECK(CountOf(half, "base-") < 15);
}

TEST_CASE("A model without a recipe of its base mixture replays earlier iterations only") {
  const auto first = NewTask(Prepared::World(), {});
  std::filesystem::remove(first->root() + "/inputs/base_model/base_mixture.json");
  CHECK(first->MustRun(&RunGenerate).generation->replay_images == 0);
  CHECK(RowsOf(*first, "training_set/rows.jsonl").size() == 50);
}

TEST_CASE("Generating twice gives the same bytes, another seed gives others") {
  const auto first = NewTask(Prepared::World(), {});
  const auto second = NewTask(Prepared::World(), {});
  const auto third = NewTask(Prepared::World(), {.seed = 12});
  for (TemporaryTask* task : {first.get(), second.get(), third.get()}) {
    task->MustRun(&RunGenerate);
  }
  CHECK(first->Outputs() == second->Outputs());
  CHECK(first->Output("dataset/samples.jsonl") != third->Output("dataset/samples.jsonl"));
}

TEST_CASE("Photographs give rows with paths and no scenes to render but those of the replay") {
  const Prepared prepared(PhotoSource());
  const auto task =
      NewTask(prepared, {.images = 10, .replay_ratio = 0.5, .weights = {{2, 0.5}, {4, 0.5}}});
  const TaskResult result = task->MustRun(&RunGenerate);
  CHECK(result.generation->samples == 40);
  CHECK_FALSE(task->HasOutput("dataset/scenes.jsonl"));
  for (const LlavaRow& row : RowsOf(*task, "dataset/samples.jsonl")) {
    CHECK(row.image.starts_with("images/"));
  }
  CHECK(ImagesOf(*task, "training_set/scenes.jsonl").size() == 5);
  CHECK(RowsOf(*task, "training_set/rows.jsonl").size() == 15);
}

TEST_CASE("A type that no photo can be asked about leaves its quota unfilled and says so") {
  const Prepared prepared(PhotoSource());
  const auto task = NewTask(prepared, {.images = 5, .weights = {{2, 0.5}, {9, 0.5}}});
  const TaskResult result = task->MustRun(&RunGenerate);
  REQUIRE(result.generation->by_type.size() == 2);
  CHECK(result.generation->by_type[1] == TypeSamples{9, "Text Understanding", 10, 0});
  const auto nothing = NewTask(prepared, {.images = 5, .weights = {{9, 1}}});
  CHECK(nothing->Run(&RunGenerate).status().message() ==
        "no sample could be made: none of the 20 images of the bank can still be asked a question "
        "of type 9 (Text Understanding)");
}

TEST_CASE("Inputs that are damaged are refused with file and line") {
  const auto error = [](TemporaryTask& task) {
    const Result<TaskResult> result = task.Run(&RunGenerate);
    CHECK(result.status().code() == StatusCode::kInvalidArgument);
    return result.status().message();
  };
  const auto bank = NewTask(Prepared::World(), {});
  bank->AddToFolder("bank", "scene_graphs.jsonl", "{\"source\":\"moon\"}\n");
  CHECK(error(*bank).starts_with(bank->root() + "/inputs/bank/scene_graphs.jsonl:1: "));
  const auto fingerprints = NewTask(Prepared::World(), {});
  fingerprints->AddFile("fingerprints", "not a digest\n");
  CHECK(error(*fingerprints).find("/inputs/fingerprints:1") != std::string::npos);
  const auto weights = NewTask(Prepared::World(), {.weights = {{1, 0}, {2, 0}}});
  CHECK(error(*weights).find("all weights are zero") != std::string::npos);
  const auto dataset = NewTask(Prepared::World(), {.iteration = 2});
  dataset->AddToFolder("dataset_i1", "samples.jsonl", "{\"id\":\"x\",\"conversations\":[]}\n");
  CHECK(error(*dataset) ==
        dataset->root() +
            "/inputs/dataset_i1/samples.jsonl:1: record 1: conversations: expected "
            "at least one question and answer, found none");
  const auto mixture = NewTask(Prepared::World(), {});
  mixture->AddToFolder("base_model", "base_mixture.json", "{\"images\":-1}");
  CHECK(error(*mixture).find("base_mixture.json") != std::string::npos);
}

TEST_CASE("Generate refuses parameters that make no sense with their place") {
  const auto error = [](const std::string& pointer, const json& value) {
    const auto task = NewTask(Prepared::World(), {});
    task->spec().parameters[json::json_pointer(pointer)] = value;
    return task->Run(&RunGenerate).status().message();
  };
  CHECK(error("/generate/images", 0) ==
        "parameters.generate.images: expected 1 to 10000000, found 0");
  CHECK(error("/generate/replay_ratio", -1) ==
        "parameters.generate.replay_ratio: expected 0 to 100, found -1");
  CHECK(error("/start", "MIDDLE") == "parameters.start: expected CHAMPION or BASE, found 'MIDDLE'");
  CHECK(error("/iteration", 0) == "parameters.iteration: expected at least 1, found 0");
  CHECK(error("/generate/colour", "red") == "parameters.generate.colour: unknown member");
}

}  // namespace
}  // namespace flywheel
