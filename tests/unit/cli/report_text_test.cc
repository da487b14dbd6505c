#include "clients/cli/report_text.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace flywheel {
namespace {

constexpr const char* kReport = R"(
campaign: "campaigns/c1" display_name: "quickstart" state: "SUCCEEDED"
state_reason: "all 1 iterations are done" seed: 1 total_seconds: 75.2 idle_seconds: 0.6
prepare { splits { split: "steer" questions: 900 } splits { split: "gate" questions: 900 }
          splits { split: "sealed" questions: 1800 } bank_images: 12000 bank_refused: 3
          warnings: "type 6 has fewer than 30 gate questions" }
iterations {
  iteration: 1 model: "4be3fe63097a2f64ffff" champion: "4be3fe63097a2f64ffff"
  evaluation {
    steer { n: 900 correct: 448 accuracy: 0.498 low: 0.465 high: 0.53 }
    gate { n: 900 correct: 451 accuracy: 0.501 low: 0.468 high: 0.534 }
    sealed { n: 1800 correct: 895 accuracy: 0.497 low: 0.474 high: 0.52 }
    by_type { type: 1 name: "Scene Understanding" n: 200 accuracy: 1 }
    by_type { type: 6 name: "Spatial Relation" n: 200 accuracy: 0.23 }
  }
  champion_evaluation { sealed { n: 1800 accuracy: 0.497 } }
  gate { verdict: "baseline" p_value: 1 reason: "the first model" }
  weights { type: 1 name: "Scene Understanding" weight: 0 }
  weights { type: 6 name: "Spatial Relation" weight: 1 }
  generated { samples: 19998 images: 5000 replay_images: 1500
              by_type { type: 6 name: "Spatial Relation" quota: 20000 samples: 19998 }
              dropped { reason: "duplicate question" count: 41 } }
  training { steps: 812 images: 13000 first_loss: 1.444 last_loss: 0.381 }
  seconds { evaluate: 4.5 analyze: 0.2 generate: 4 train: 58 }
}
iterations {
  iteration: 2 model: "aa11bb22cc33dd44" champion: "aa11bb22cc33dd44"
  evaluation {
    steer { n: 900 accuracy: 0.653 } gate { n: 900 accuracy: 0.66 }
    sealed { n: 1800 accuracy: 0.648 low: 0.626 high: 0.67 }
    by_type { type: 1 name: "Scene Understanding" n: 200 accuracy: 0.995 }
    by_type { type: 6 name: "Spatial Relation" n: 200 accuracy: 0.31 }
  }
  champion_evaluation { sealed { n: 1800 accuracy: 0.648 } }
  gate { verdict: "promoted" p_value: 1.3e-14 test { n: 900 fixed: 201 broken: 58 p_value: 1.3e-14 }
         reason: "201 fixed, 58 broken: p 1.3e-14 is below 0.05" }
  seconds { evaluate: 4.4 }
}
champion: "aa11bb22cc33dd44"
seconds { prepare: 3 evaluate: 8.9 analyze: 0.2 generate: 4 train: 58 }
notes: "Type 6 has fewer than 30 gate questions."
)";

v1::CampaignReport Parse(const char* text) {
  v1::CampaignReport report;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &report));
  return report;
}

TEST_CASE("a report reads from what became of the campaign to its notes") {
  CHECK(fmt::format("\n{}", RenderReport(Parse(kReport))) == R"(
quickstart (campaigns/c1): SUCCEEDED after 1:15, seed 1
all 1 iterations are done
Questions: steer 900, gate 900, sealed 1,800. Bank: 12,000 images (3 refused because the benchmark has them)

Accuracy of the model that each iteration begins with (%; champion: on the sealed split)
  iteration  model         steer  gate  sealed  95 % interval  gate verdict        p  champion          loss  seconds
          1  4be3fe63097a   49.8  50.1    49.7   47.4 to 52.0  baseline            -      49.7  1.44 to 0.38       67
          2  aa11bb22cc33   65.3  66.0    64.8   62.6 to 67.0  promoted      1.3e-14      64.8             -      4.4

Accuracy by type on the sealed split (%)
  type                      i1    i2  questions
  1 Scene Understanding  100.0  99.5        200
  6 Spatial Relation      23.0  31.0        200

Weights: each type's share of the new samples (%)
  type                      i1
  1 Scene Understanding    0.0
  6 Spatial Relation     100.0

Generated samples
  type                              i1
  6 Spatial Relation  19,998 of 20,000
  i1: 19,998 samples on 5,000 images, 1,500 images replayed, 41 dropped (duplicate question)

Gate
  i1: baseline: the first model
  i2: promoted: 201 fixed, 58 broken: p 1.3e-14 is below 0.05

Seconds by stage, waiting included; no task ran in 0.6 of 75 (0.8 %)
  iteration  prepare  evaluate  analyze  generate  train  total
          1        -       4.5      0.2       4.0     58     67
          2        -       4.4        -         -      -    4.4
        all      3.0       8.9      0.2       4.0     58     74

Champion: aa11bb22cc33dd44

Notes
  - Type 6 has fewer than 30 gate questions.
  - type 6 has fewer than 30 gate questions
)");
}

TEST_CASE("a campaign that has done nothing yet has a report of its head") {
  const auto report = Parse(R"(campaign: "campaigns/c2" display_name: "new" state: "RUNNING"
                               total_seconds: 3 seed: 9)");
  CHECK(RenderReport(report) == "new (campaigns/c2): RUNNING after 0:03, seed 9\n");
}

TEST_CASE("without a sealed split types are shown on the steer split") {
  auto report = Parse(kReport);
  for (auto& it : *report.mutable_iterations()) it.mutable_evaluation()->clear_sealed();
  CHECK(TypeSplitName(report) == "steer");
  CHECK(RenderReport(report).find("Accuracy by type on the steer split") != std::string::npos);
}

TEST_CASE("a report's JSON has the fields that scripts depend on in every iteration") {
  const auto json = nlohmann::json::parse(RenderReportJson(Parse(kReport)));
  for (const char* field : {"campaign", "state", "seed", "iterations", "champion", "seconds"}) {
    CHECK(json.contains(field));
  }
  REQUIRE(json.at("iterations").size() == 2);
  for (const auto& it : json.at("iterations")) {
    for (const char* split : {"steer", "gate", "sealed"}) {
      for (const char* field : {"n", "accuracy", "low", "high"}) {
        CHECK(it.at("evaluation").at(split).at(field).is_number());
      }
    }
    CHECK(it.at("evaluation").at("by_type").at(0).at("name") == "Scene Understanding");
    CHECK(it.at("gate").at("verdict").is_string());
    CHECK(it.at("gate").at("p_value").is_number());
    CHECK(it.at("weights").is_array());
    CHECK(it.at("generated").at("samples").is_number());
    CHECK(it.at("generated").at("by_type").is_array());
    CHECK(it.at("generated").at("dropped").is_array());
    CHECK(it.at("seconds").at("train").is_number());
  }
  CHECK(json.at("iterations").at(1).at("generated").at("samples") == 0);
}

}  // namespace
}  // namespace flywheel
