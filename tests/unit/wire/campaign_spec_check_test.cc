#include "orchestrator/wire/campaign_spec_check.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/io/json.h"
#include "orchestrator/wire/json_message.h"

namespace flywheel {
namespace {

v1::CampaignSpec GoodSpec() {
  v1::CampaignSpec spec;
  spec.set_display_name("quick_start-1");
  spec.set_seed(7);
  spec.set_iterations(3);
  v1::WorldSource& world = *spec.mutable_data()->mutable_world();
  world.set_steer_questions(90);
  world.set_gate_questions(90);
  world.set_sealed_questions(180);
  world.set_bank_scenes(50);
  spec.mutable_model()->set_base("/models/tiny");
  spec.mutable_generate()->set_images(10);
  spec.mutable_generate()->set_questions_per_image(4);
  spec.mutable_generate()->set_replay_ratio(0.5);
  v1::TrainSpec& train = *spec.mutable_train();
  train.set_epochs(1);
  train.set_batch_size(8);
  train.set_learning_rate(1e-3);
  train.set_final_lr_ratio(0.1);
  return spec;
}

v1::CampaignSpec GoodCocoSpec() {
  v1::CampaignSpec spec = GoodSpec();
  spec.set_data_root("/data/coco");
  v1::CocoSource& coco = *spec.mutable_data()->mutable_coco();
  coco.set_images("images");
  coco.set_instances("instances.json");
  coco.set_captions("captions.json");
  coco.set_benchmark_share(0.5);
  coco.set_questions_per_image(6);
  spec.mutable_gate()->set_policy(v1::GateSpec::ALWAYS_PROMOTE);
  return spec;
}

v1::CampaignSpec GoodPoolSpec() {
  v1::CampaignSpec spec = GoodCocoSpec();
  v1::GenerateSpec& generate = *spec.mutable_generate();
  generate.add_sources()->set_share(1);
  generate.mutable_sources(0)->mutable_scene_graph();
  generate.add_sources()->set_share(3);
  v1::PoolSource& pool = *generate.mutable_sources(1)->mutable_pool();
  pool.set_path("/data/pool");
  pool.set_images_root("/data/coco/images");
  pool.set_min_score(0.5);
  return spec;
}

// One mistake and what the message must hold.
struct Mistake {
  std::string expected;
  std::function<void(v1::CampaignSpec&)> make;
};

void RequireRefused(v1::CampaignSpec spec, const Mistake& mistake) {
  mistake.make(spec);
  const Status status = CheckCampaignSpec(spec);
  INFO("expected: " << mistake.expected << "\nactual: " << status.ToString());
  REQUIRE(status.code() == StatusCode::kInvalidArgument);
  REQUIRE(status.message().find(mistake.expected) != std::string::npos);
}

}  // namespace

TEST_CASE("a good spec of either source is accepted") {
  REQUIRE(CheckCampaignSpec(GoodSpec()) == OkStatus());
  REQUIRE(CheckCampaignSpec(GoodCocoSpec()) == OkStatus());
}

TEST_CASE("a spec may take samples from scene graphs and from several pools") {
  v1::CampaignSpec spec = GoodPoolSpec();
  *spec.mutable_generate()->add_sources() = spec.generate().sources(1);
  spec.mutable_generate()->mutable_sources(2)->mutable_pool()->set_images_root("/data/coco");
  REQUIRE(CheckCampaignSpec(spec) == OkStatus());
}

TEST_CASE("a wrong source of samples is refused with its place, its value and what was expected") {
  using Spec = v1::CampaignSpec;
  const auto pool = [](Spec& spec) {
    return spec.mutable_generate()->mutable_sources(1)->mutable_pool();
  };
  const std::vector<Mistake> mistakes = {
      {"spec.generate.sources[0].share: 0: expected a number greater than 0",
       [](Spec& s) { s.mutable_generate()->mutable_sources(0)->clear_share(); }},
      {"spec.generate.sources[1].share: -1: expected a number greater than 0",
       [](Spec& s) { s.mutable_generate()->mutable_sources(1)->set_share(-1); }},
      {"spec.generate.sources[0]: no kind: expected one of scene_graph, pool",
       [](Spec& s) { s.mutable_generate()->mutable_sources(0)->clear_kind(); }},
      {"spec.generate.sources[1].pool.path: '': expected the absolute path of a folder",
       [&](Spec& s) { pool(s)->clear_path(); }},
      {"spec.generate.sources[1].pool.path: 'pool': expected an absolute path",
       [&](Spec& s) { pool(s)->set_path("pool"); }},
      {"spec.generate.sources[1].pool.min_score: 1.5: expected a number from 0 to 1",
       [&](Spec& s) { pool(s)->set_min_score(1.5); }},
      {"spec.generate.sources[1].pool.images_root: '/data/coco2': expected a folder in data_root",
       [&](Spec& s) { pool(s)->set_images_root("/data/coco2"); }},
      {"spec.generate.sources[1].pool.images_root: '/data/coco/../x': expected a folder in",
       [&](Spec& s) { pool(s)->set_images_root("/data/coco/../x"); }},
  };
  for (const Mistake& mistake : mistakes) RequireRefused(GoodPoolSpec(), mistake);
  Spec world = GoodSpec();
  *world.mutable_generate() = GoodPoolSpec().generate();
  world.mutable_generate()->mutable_sources(1)->mutable_pool()->clear_images_root();
  RequireRefused(world, {"spec.data_root: '': expected the absolute path", [](Spec&) {}});
}

TEST_CASE("a wrong value in a spec is refused with its field, its value and what was expected") {
  using Spec = v1::CampaignSpec;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Mistake> mistakes = {
      {"spec.generate.images: 0: expected at least 1",
       [](Spec& s) { s.mutable_generate()->set_images(0); }},
      {"spec.generate.questions_per_image: -1: expected at least 1",
       [](Spec& s) { s.mutable_generate()->set_questions_per_image(-1); }},
      {"spec.generate.replay_ratio: -0.5: expected a number of at least 0",
       [](Spec& s) { s.mutable_generate()->set_replay_ratio(-0.5); }},
      {"spec.generate.replay_ratio: nan",
       [&](Spec& s) { s.mutable_generate()->set_replay_ratio(nan); }},
      {"spec.iterations: 0: expected at least 1", [](Spec& s) { s.set_iterations(0); }},
      {"spec.iterations: 1001: expected at most 1000", [](Spec& s) { s.set_iterations(1001); }},
      {"spec.train.epochs: 0: expected at least 1",
       [](Spec& s) { s.mutable_train()->set_epochs(0); }},
      {"spec.train.batch_size: 0", [](Spec& s) { s.mutable_train()->set_batch_size(0); }},
      {"spec.train.learning_rate: 0: expected a number greater than 0",
       [](Spec& s) { s.mutable_train()->set_learning_rate(0); }},
      {"spec.train.final_lr_ratio: 1.5: expected a number from 0 to 1",
       [](Spec& s) { s.mutable_train()->set_final_lr_ratio(1.5); }},
      {"spec.train.start: 9: expected CHAMPION or BASE",
       [](Spec& s) { s.mutable_train()->set_start(static_cast<v1::TrainSpec::Start>(9)); }},
      {"spec.model.base: '': expected the absolute path",
       [](Spec& s) { s.mutable_model()->clear_base(); }},
      {"spec.model.base: 'models/tiny': expected an absolute path",
       [](Spec& s) { s.mutable_model()->set_base("models/tiny"); }},
      {"spec.data: no source: expected one of world, coco, seed_bench",
       [](Spec& s) { s.mutable_data()->clear_world(); }},
      {"spec.data.world.steer_questions: 0: expected at least 1",
       [](Spec& s) { s.mutable_data()->mutable_world()->set_steer_questions(0); }},
      {"spec.data.world.bank_scenes: 0: expected at least 1",
       [](Spec& s) { s.mutable_data()->mutable_world()->set_bank_scenes(0); }},
      {"spec.data.shares: sum 0.9: expected shares that sum to 1",
       [](Spec& s) {
         s.mutable_data()->mutable_shares()->set_steer(0.5);
         s.mutable_data()->mutable_shares()->set_gate(0.4);
       }},
      {"spec.display_name: '': expected one or more of letters",
       [](Spec& s) { s.clear_display_name(); }},
      {"spec.display_name: 'a/b': expected one or more of letters",
       [](Spec& s) { s.set_display_name("a/b"); }},
      {"spec.display_name: 'c12': expected a name that is not of the form of a campaign id",
       [](Spec& s) { s.set_display_name("c12"); }},
      {"expected at most 64 characters", [](Spec& s) { s.set_display_name(std::string(65, 'x')); }},
      {"spec.gate.alpha: 1: expected a number between 0 and 1",
       [](Spec& s) { s.mutable_gate()->set_alpha(1); }},
      {"spec.gate.alpha: -0.1", [](Spec& s) { s.mutable_gate()->set_alpha(-0.1); }},
      {"spec.evaluate.scoring: 'median': expected \"mean\" or \"sum\"",
       [](Spec& s) { s.mutable_evaluate()->set_scoring("median"); }},
      {"spec.stop.target_accuracy: 80: expected a number from 0 to 1",
       [](Spec& s) { s.mutable_stop()->set_target_accuracy(80); }},
      {"spec.stop.patience: -1", [](Spec& s) { s.mutable_stop()->set_patience(-1); }},
      {"spec.stages.train.limits.time_limit_s: -1",
       [](Spec& s) {
         s.mutable_stages()->mutable_train()->mutable_limits()->set_time_limit_s(-1);
       }},
      {"spec.analyze.weights.power: -1",
       [](Spec& s) { s.mutable_analyze()->mutable_weights()->set_power(-1); }},
  };
  for (const Mistake& mistake : mistakes) RequireRefused(GoodSpec(), mistake);
}

TEST_CASE("manual weights need a type that exists, no negative weight and one above zero") {
  using Spec = v1::CampaignSpec;
  const auto manual = [](Spec& s) -> google::protobuf::Map<int32_t, double>& {
    s.mutable_analyze()->mutable_weights()->set_kind(v1::WeightPolicy::MANUAL);
    return *s.mutable_analyze()->mutable_weights()->mutable_manual();
  };
  v1::CampaignSpec good = GoodSpec();
  manual(good)[3] = 1;
  REQUIRE(CheckCampaignSpec(good) == OkStatus());
  RequireRefused(GoodSpec(), {"manual: no weight above 0", [&](Spec& s) { manual(s)[3] = 0; }});
  RequireRefused(GoodSpec(), {"manual: no weight above 0", [&](Spec& s) { manual(s); }});
  RequireRefused(GoodSpec(), {"manual[10]: 1: expected a question type from 1 to 9",
                              [&](Spec& s) { manual(s)[10] = 1; }});
  RequireRefused(GoodSpec(), {"manual[2]: -1: expected a number of at least 0", [&](Spec& s) {
                                manual(s)[2] = -1;
                                manual(s)[3] = 5;
                              }});
}

TEST_CASE("a COCO source needs paths below an absolute data root and photos on both sides") {
  using Spec = v1::CampaignSpec;
  const std::vector<Mistake> mistakes = {
      {"spec.data_root: '': expected the absolute path", [](Spec& s) { s.clear_data_root(); }},
      {"spec.data.seed_bench.bank: '': expected a path below data_root",
       [](Spec& s) {
         s.mutable_data()->mutable_seed_bench()->set_questions("SEED-Bench.json");
         s.mutable_data()->mutable_seed_bench()->set_images("images");
       }},
      {"spec.data.coco.images: '../x': expected a path below data_root",
       [](Spec& s) { s.mutable_data()->mutable_coco()->set_images("../x"); }},
      {"spec.data.coco.captions: ''",
       [](Spec& s) { s.mutable_data()->mutable_coco()->clear_captions(); }},
      {"spec.data.coco.benchmark_share: 1: expected a number between 0 and 1",
       [](Spec& s) { s.mutable_data()->mutable_coco()->set_benchmark_share(1); }},
      {"spec.data.shares.gate: 0: expected more than 0, or gate.policy ALWAYS_PROMOTE",
       [](Spec& s) {
         s.mutable_gate()->set_policy(v1::GateSpec::MCNEMAR);
         s.mutable_data()->mutable_shares()->set_steer(1);
       }},
  };
  for (const Mistake& mistake : mistakes) RequireRefused(GoodCocoSpec(), mistake);
}

TEST_CASE("the smallest gate split is where the best possible p-value reaches its share of alpha") {
  REQUIRE(SmallestGateSplit(0.5, 1) == 1);
  REQUIRE(SmallestGateSplit(0.05, 1) == 5);  // 2^-5 = 0.031 <= 0.05 < 2^-4
  REQUIRE(SmallestGateSplit(0.05, 3) == 6);  // 2^-6 = 0.0156 <= 0.0167
  for (const int looks : {1, 2, 10, 1000}) {
    const int n = SmallestGateSplit(0.01, looks);
    REQUIRE(std::pow(0.5, n) <= 0.01 / looks);
    REQUIRE(std::pow(0.5, n - 1) > 0.01 / looks);
  }
}

TEST_CASE("a gate split on which McNemar could never promote is refused, and explained") {
  using Spec = v1::CampaignSpec;
  const auto questions = [](int n) {
    return [n](Spec& s) { s.mutable_data()->mutable_world()->set_gate_questions(n); };
  };
  RequireRefused(GoodSpec(), {"spec.data.world.gate_questions: 5: expected at least 6, or "
                              "gate.policy ALWAYS_PROMOTE: the best p-value",
                              questions(5)});
  v1::CampaignSpec spec = GoodSpec();
  questions(6)(spec);
  REQUIRE(CheckCampaignSpec(spec) == OkStatus());
  questions(0)(spec);
  spec.mutable_gate()->set_policy(v1::GateSpec::ALWAYS_PROMOTE);
  REQUIRE(CheckCampaignSpec(spec) == OkStatus());
}

TEST_CASE("every mistake of a spec is named at once") {
  v1::CampaignSpec spec = GoodSpec();
  spec.set_iterations(0);
  spec.mutable_generate()->set_images(0);
  const std::string message = CheckCampaignSpec(spec).message();
  REQUIRE(message.find("spec.iterations") != std::string::npos);
  REQUIRE(message.find("spec.generate.images") != std::string::npos);
}

TEST_CASE("defaults fill what is absent and leave what is given") {
  v1::CampaignSpec spec = WithSpecDefaults(GoodSpec());
  REQUIRE(spec.gate().alpha() == 0.05);
  REQUIRE(spec.gate().policy() == v1::GateSpec::MCNEMAR);
  REQUIRE(spec.evaluate().scoring() == "mean");
  REQUIRE(spec.train().start() == v1::TrainSpec::CHAMPION);
  REQUIRE(spec.analyze().weights().kind() == v1::WeightPolicy::POWER);
  REQUIRE(spec.analyze().weights().power() == 1);
  REQUIRE(spec.data().shares().sealed() == 0.3);
  spec.mutable_gate()->set_alpha(0.2);
  spec.mutable_evaluate()->set_scoring("sum");
  spec.mutable_analyze()->mutable_weights()->set_kind(v1::WeightPolicy::UNIFORM);
  REQUIRE(WithSpecDefaults(spec).SerializeAsString() == spec.SerializeAsString());
}

TEST_CASE("the campaigns that ship pass the check") {
  const char* source = std::getenv("FLYWHEEL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  int checked = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(source) + "/configs/campaigns")) {
    if (file.path().extension() != ".json") continue;
    INFO(file.path());
    const auto json = ReadJsonFile(file.path().string(), JsonComments::kAllow);
    REQUIRE(json.ok());
    v1::CampaignSpec spec;
    const Status parsed = JsonToMessage(*json, &spec);
    INFO(parsed.ToString());
    REQUIRE(parsed.ok());
    // The CLI makes paths absolute.
    spec.mutable_model()->set_base("/" + spec.model().base());
    spec.set_data_root("/" + spec.data_root());
    for (v1::GenerateSource& from : *spec.mutable_generate()->mutable_sources()) {
      if (from.has_pool()) from.mutable_pool()->set_path("/" + from.pool().path());
    }
    CHECK(CheckCampaignSpec(spec) == OkStatus());
    ++checked;
  }
  CHECK(checked > 0);
}

}  // namespace flywheel
