#include "orchestrator/core/spec.h"

#include <catch2/catch.hpp>
#include <functional>

#include "orchestrator/core/config.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

TEST_CASE("a complete spec is accepted") {
  const Status status = CheckSpec(SmallSpec("a-b_C3"), {});
  INFO(status.ToString());
  CHECK(status.ok());
}

TEST_CASE("each wrong field is named with its value and what was expected") {
  struct Case {
    std::function<void(CampaignSpec&)> spoil;
    std::string message;
  };
  const Case cases[] = {
      {[](CampaignSpec& s) { s.display_name = ""; }, "display_name: \"\", expected 1 to 64"},
      {[](CampaignSpec& s) { s.display_name = "a b"; }, "display_name: \"a b\""},
      {[](CampaignSpec& s) { s.iterations = 0; }, "iterations: 0, expected 1 to 1000"},
      {[](CampaignSpec& s) { s.gate.alpha = 1; }, "gate.alpha: 1, expected more than 0"},
      {[](CampaignSpec& s) { s.scoring = "median"; }, "evaluate.scoring: \"median\""},
      {[](CampaignSpec& s) { s.batch_size = -1; }, "evaluate.batch_size: -1"},
      {[](CampaignSpec& s) { s.stop.target_accuracy = 1.5; }, "stop.target_accuracy: 1.5"},
      {[](CampaignSpec& s) { s.stop.patience = -1; }, "stop.patience: -1"},
      {[](CampaignSpec& s) { s.stages.train.max_attempts = -2; }, "stages.train.max_attempts: -2"},
      {[](CampaignSpec& s) { s.stages.train.resources.cpus = 3; },
       "stages.train.resources.cpus: 3, expected at most 2"},
      {[](CampaignSpec& s) { s.data = nlohmann::json::object(); }, "data: no source"},
      {[](CampaignSpec& s) {
         s.data["coco"] = {{"images", "x"}};
       },
       "data: world and coco"},
      {[](CampaignSpec& s) { s.data["world"]["gate_questions"] = 0; },
       "data.world.gate_questions: 0"},
      {[](CampaignSpec& s) { s.data["world"]["bank_scenes"] = 0; }, "data.world.bank_scenes: 0"},
      {[](CampaignSpec& s) {
         s.data = {{"coco", {{"images", "x"}}}};
       },
       "data.coco.instances: \"\""},
      {[](CampaignSpec& s) {
         s.data["shares"] = {{"steer", 0.5}, {"gate", 0.4}};
       },
       "data.shares: a sum of 0.9, expected a sum of 1"},
      {[](CampaignSpec& s) { s.model = nlohmann::json::object(); }, "model.base: \"\""},
      {[](CampaignSpec& s) {
         s.weights = {{"kind", "POWER"}, {"power", 0}};
       },
       "analyze.weights.power: 0"},
      {[](CampaignSpec& s) {
         s.weights = {{"kind", "MANUAL"}, {"manual", {{"1", 0}, {"2", 0}}}};
       },
       "analyze.weights.manual: no weight above 0"},
      {[](CampaignSpec& s) {
         s.weights = {{"kind", "MANUAL"}, {"manual", {{"3", -1}}}};
       },
       "analyze.weights.manual[3]: -1"},
      {[](CampaignSpec& s) {
         s.weights = {{"kind", "BEST"}};
       },
       "analyze.weights.kind: \"BEST\""},
      {[](CampaignSpec& s) { s.generate["images"] = 0; }, "generate.images: 0"},
      {[](CampaignSpec& s) {
         s.generate["sources"] = {{{"share", 0}, {"scene_graph", nlohmann::json::object()}}};
       },
       "generate.sources[0].share: 0, expected more than 0"},
      {[](CampaignSpec& s) {
         s.generate["sources"] = {{{"share", 1}}};
       },
       "generate.sources[0]: no kind, expected one of scene_graph and pool"},
      {[](CampaignSpec& s) {
         s.generate["sources"] = {{{"share", 1}, {"pool", {{"path", ""}}}}};
       },
       "generate.sources[0].pool.path: \"\", expected the folder of a pool"},
      {[](CampaignSpec& s) {
         s.generate["sources"] = {{{"share", 1}, {"pool", {{"path", "/p"}, {"min_score", 2}}}}};
       },
       "generate.sources[0].pool.min_score: 2, expected 0 to 1"},
      {[](CampaignSpec& s) {
         s.data_root = "";
         s.generate["sources"] = {{{"share", 1}, {"pool", {{"path", "/p"}}}}};
       },
       "data_root: \"\", expected the folder that the pool's images lie in"},
      {[](CampaignSpec& s) { s.train["learning_rate"] = 0; }, "train.learning_rate: 0"},
      {[](CampaignSpec& s) { s.train["epochs"] = 0; }, "train.epochs: 0"},
  };
  LoopConfig config;
  config.capacity = {.host = "host", .max_workers = 2, .cpus = 2, .memory_mb = 1000};
  for (const Case& wrong : cases) {
    CampaignSpec spec = SmallSpec("a");
    wrong.spoil(spec);
    const Status status = CheckSpec(spec, config);
    INFO(wrong.message << " in " << status.message());
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK(status.message().find(wrong.message) == 0);
  }
}

TEST_CASE("an empty gate split is legal when every candidate is promoted") {
  CampaignSpec spec = SmallSpec("a");
  spec.data["world"]["gate_questions"] = 0;
  spec.gate.policy = GatePolicy::kAlwaysPromote;
  CHECK(CheckSpec(spec, {}).ok());
}

TEST_CASE("defaults come from the spec, then the daemon, then the program") {
  LoopConfig config;
  config.capacity.cpus = 8;
  config.stage_defaults.train.max_attempts = 5;
  config.stage_defaults.train.limits.time_limit_s = 100;
  CampaignSpec spec;
  spec.stages.train.limits.time_limit_s = 7;
  const CampaignSpec filled = WithDefaults(spec, config);
  CHECK(filled.stages.train.limits.time_limit_s == 7);
  CHECK(filled.stages.train.max_attempts == 5);
  CHECK(filled.stages.train.resources.cpus == 4);
  CHECK(filled.stages.evaluate.max_attempts == 3);
  CHECK(filled.stages.evaluate.resources.cpus == 1);
  CHECK(filled.scoring == "mean");
  CHECK(filled.gate.policy == GatePolicy::kMcNemar);
  CHECK(filled.gate.alpha == 0.05);
  CHECK(filled.start == TrainStart::kChampion);
  CHECK(filled.weights == nlohmann::json{{"kind", "POWER"}, {"power", 1}});
  // Nothing that runs is without an end.
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    CHECK(filled.stages.Of(stage).limits.time_limit_s > 0);
  }
}

}  // namespace
}  // namespace flywheel
