// The generate task with several sources of samples.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>

#include "base/digest.h"
#include "base/io/summary_codec.h"
#include "base/records/question.h"
#include "generators/base_mixture.h"
#include "pool/formats/llava_row.h"
#include "tests/unit/tasks/small_model.h"
#include "tests/unit/tasks/small_pool.h"
#include "tests/unit/tasks/temporary_task.h"
#include "workers/generate/generate_task.h"
#include "workers/prepare/prepare_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

// A bank of rendered scenes and a pool of photographs, both with questions of two types.
class Sources {
 public:
  Sources() {
    WriteSmallModel(model_ / "base");
    WriteText(model_ / "base/base_mixture.json", ToJson(BaseMixture{}).dump());
    prepare_ = std::make_unique<TemporaryTask>(
        "prepare",
        json{{"data_root", pool_.data_root()},
             {"data",
              {{"world", {{"steer_questions", 18}, {"sealed_questions", 9}, {"bank_scenes", 60}}}}},
             {"model", {{"base", model_ / "base"}}},
             {"gate", {{"policy", "ALWAYS_PROMOTE"}}}});
    prepare_->MustRun(&RunPrepare);
    for (int i = 0; i < 40; ++i) pool_.Add(i % 2 == 0 ? kCounting : kLocation);
    pool_.Make();
  }

  static const Sources& Get() {
    static const Sources sources;
    return sources;
  }

  const SmallPool& pool() const { return pool_; }
  json PoolSource(double share) const {
    return {{"share", share},
            {"pool",
             {{"path", pool_.path()},
              {"images_root", ""},
              {"where", ""},
              {"min_score", 0},
              {"keep_near_duplicates", false}}}};
  }

  // 40 questions, 20 of each type.
  std::unique_ptr<TemporaryTask> NewTask(const json& sources, int iteration) const {
    auto task = std::make_unique<TemporaryTask>("generate",
                                                json{{"iteration", iteration},
                                                     {"generate",
                                                      {{"images", 10},
                                                       {"questions_per_image", 4},
                                                       {"replay_ratio", 0},
                                                       {"sources", sources}}},
                                                     {"start", "CHAMPION"},
                                                     {"image_root", pool_.data_root()},
                                                     {"evaluation", Sha256Hex("evaluation")}},
                                                11);
    task->AddOutputOf(*prepare_, "bank", "bank");
    task->AddOutputOf(*prepare_, "fingerprints", "fingerprints");
    task->AddOutputOf(*prepare_, "model", "base_model");
    AnalysisSummary analysis;
    analysis.policy = "manual";
    for (const int type : {kLocation, kCounting}) {
      analysis.weights.push_back({.type = type, .name = QuestionTypeName(type), .weight = 0.5});
    }
    task->AddFile("analysis", ToJson(analysis).dump());
    task->AddFile("bad_cases", "");
    return task;
  }

 private:
  testing::TempDir model_;
  SmallPool pool_;
  std::unique_ptr<TemporaryTask> prepare_;
};

json Scenes(double share) { return {{"share", share}, {"scene_graph", json::object()}}; }

std::vector<LlavaRow> RowsOf(const TemporaryTask& task, const std::string& file) {
  const auto rows = ReadLlavaRows(task.OutputPath(file));
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  return *rows;
}

std::set<std::string> ContentOf(const TemporaryTask& task) {
  std::set<std::string> content;
  for (const LlavaRow& row : RowsOf(task, "dataset/samples.jsonl")) {
    if (row.other.contains("pool")) content.insert(row.other["pool"]["content_hash"]);
  }
  return content;
}

TEST_CASE("Two sources share each type's quota, and both are followed back to it") {
  const Sources& sources = Sources::Get();
  const auto task = sources.NewTask({Scenes(0.5), sources.PoolSource(0.5)}, 1);
  const GenerationSummary summary = *task->MustRun(&RunGenerate).generation;
  CHECK(summary.samples == 40);
  REQUIRE(summary.by_type.size() == 2);
  CHECK(summary.by_type[0] == TypeSamples{kLocation, "Instance Location", 20, 20});
  CHECK(summary.by_type[1] == TypeSamples{kCounting, "Instances Counting", 20, 20});
  CHECK(summary.dropped.empty());

  std::map<std::string, int> by_source;
  std::map<std::string, json> of_pool;
  for (const json& line : ParseLines(task->Output("dataset/provenance.jsonl"))) {
    ++by_source[fmt::format("{} {}", line["source"].get<std::string>(), line["type"].get<int>())];
    CHECK(line["quota"] == 20);
    CHECK(line["weight"] == 0.5);
    CHECK(line["analysis"] == Sha256Hex("analysis"));
    if (line["source"] == "pool") of_pool[line["id"]] = line;
  }
  CHECK(by_source ==
        std::map<std::string, int>{
            {"scene_graph 4", 10}, {"scene_graph 5", 10}, {"pool 4", 10}, {"pool 5", 10}});
  int rows_of_pool = 0;
  std::set<std::string> images;
  for (const LlavaRow& row : RowsOf(*task, "dataset/samples.jsonl")) {
    images.insert(row.image);
    if (!row.other.contains("pool")) continue;
    ++rows_of_pool;
    const json& line = of_pool.at(row.id);
    const json& lineage = row.other["pool"];
    CHECK(line["pool"] == fmt::format("{}:{}#1", lineage["dataset"].get<std::string>(),
                                      lineage["id"].get<std::string>()));
    CHECK(line["image"] == row.image);
    CHECK(line["pool_generation"].get<int>() >= 1);
    CHECK_FALSE(line["why"].get<std::string>().empty());
  }
  CHECK(rows_of_pool == 20);
  CHECK(summary.images == static_cast<int>(images.size()));
  CHECK(RowsOf(*task, "training_set/rows.jsonl").size() == images.size());
}

TEST_CASE("Mixing sources twice gives the same bytes") {
  const Sources& sources = Sources::Get();
  const json mixed = {Scenes(0.5), sources.PoolSource(0.5)};
  const auto first = sources.NewTask(mixed, 1);
  const auto second = sources.NewTask(mixed, 1);
  first->MustRun(&RunGenerate);
  second->MustRun(&RunGenerate);
  CHECK(first->Outputs() == second->Outputs());
}

TEST_CASE("Shares are normalised, and rounding leaves the quota whole") {
  const Sources& sources = Sources::Get();
  const auto task = sources.NewTask({sources.PoolSource(1), Scenes(2)}, 1);
  const GenerationSummary summary = *task->MustRun(&RunGenerate).generation;
  CHECK(summary.samples == 40);
  // 20 of a type by 1 to 2: 6.67 and 13.33.
  CHECK(ContentOf(*task).size() == 14);
}

TEST_CASE("A later iteration takes nothing from the pool that an earlier one has taken") {
  const Sources& sources = Sources::Get();
  const json mixed = {Scenes(0.5), sources.PoolSource(0.5)};
  const auto first = sources.NewTask(mixed, 1);
  first->MustRun(&RunGenerate);
  const auto second = sources.NewTask(mixed, 2);
  second->AddOutputOf(*first, "dataset", "dataset_i1");
  const GenerationSummary summary = *second->MustRun(&RunGenerate).generation;
  CHECK(summary.samples == 40);
  CHECK(ContentOf(*first).size() == 20);
  CHECK(ContentOf(*second).size() == 20);
  for (const std::string& content : ContentOf(*second)) {
    CHECK_FALSE(ContentOf(*first).contains(content));
  }
  // Then the pool is used up, and the summary says so.
  const auto third = sources.NewTask(mixed, 3);
  third->AddOutputOf(*first, "dataset", "dataset_i1");
  third->AddOutputOf(*second, "dataset", "rejected_dataset_i2");
  const GenerationSummary last = *third->MustRun(&RunGenerate).generation;
  CHECK(ContentOf(*third).empty());
  CHECK(last.by_type[0] == TypeSamples{kLocation, "Instance Location", 20, 10});
  CHECK(std::count(last.dropped.begin(), last.dropped.end(), DropCount{"used before", 40}) == 1);
}

TEST_CASE("A pool given twice gives no sample twice") {
  const Sources& sources = Sources::Get();
  const auto task = sources.NewTask({sources.PoolSource(1), sources.PoolSource(1)}, 1);
  CHECK(task->MustRun(&RunGenerate).generation->samples == 40);
  CHECK(ContentOf(*task).size() == 40);
  CHECK_FALSE(task->HasOutput("dataset/scenes.jsonl"));
}

TEST_CASE("Without sources, and with the scene graphs alone, the same samples are made") {
  const Sources& sources = Sources::Get();
  const auto none = sources.NewTask(json::array(), 1);
  const auto alone = sources.NewTask(json::array({Scenes(3)}), 1);
  none->MustRun(&RunGenerate);
  alone->MustRun(&RunGenerate);
  CHECK(none->Outputs() == alone->Outputs());
}

TEST_CASE("A pool that has nothing to give fails the task and says what was dropped") {
  const Sources& sources = Sources::Get();
  json source = sources.PoolSource(1);
  source["pool"]["where"] = "dataset = 'other'";
  const Status status = sources.NewTask(json::array({source}), 1)->Run(&RunGenerate).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(status.message() ==
        "no sample could be made: the pool " + sources.pool().path() +
            " has no sample left that fits type 4 (Instance Location), 5 (Instances Counting)");
}

TEST_CASE("A pool without tags fails the task as bad data that names source and command") {
  SmallPool pool;
  pool.Add(kCounting);
  pool.Import();
  json source = Sources::Get().PoolSource(1);
  source["pool"]["path"] = pool.path();
  const Status status = Sources::Get().NewTask({Scenes(1), source}, 1)->Run(&RunGenerate).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(status.message() == "source 1, the pool " + pool.path() +
                                ": data set set has no question types yet; run 'flywheel pool tag "
                                "--pool " +
                                pool.path() + "'");
}

TEST_CASE("Generate refuses sources that make no sense with their place") {
  const auto error = [](const json& sources) {
    return Sources::Get().NewTask(sources, 1)->Run(&RunGenerate).status().message();
  };
  const std::string place = "parameters.generate.sources";
  CHECK(error("all") == place + ": expected an array, found string");
  CHECK(error(json::array({Scenes(0)})) == place + "[0].share: expected a number above 0, found 0");
  CHECK(error({Scenes(1), {{"share", 1}}}) == place + "[1]: expected one of scene_graph and pool");
  json source = Sources::Get().PoolSource(1);
  source["pool"]["min_score"] = 2;
  CHECK(error(json::array({source})) == place + "[0].pool.min_score: expected 0 to 1, found 2");
  source["pool"]["path"] = "";
  CHECK(error(json::array({source})) ==
        place + "[0].pool.path: expected the folder of a pool, found \"\"");
  source["pool"]["colour"] = 2;
  source["pool"].erase("min_score");
  source["pool"]["path"] = "/p";
  CHECK(error(json::array({source})) == place + "[0].pool.colour: unknown member");
}

}  // namespace
}  // namespace flywheel
