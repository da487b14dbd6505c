#include "generators/plan.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/quotas.h"
#include "generators/sample.h"
#include "generators/world/scene_sampler.h"

namespace flywheel {
namespace {

constexpr uint64_t kSeed = 11;

std::vector<SceneGraph> Bank(int count) {
  std::set<std::string> taken;
  return world::SampleScenes(kSeed, count, {}, taken);
}

PlanRequest Request(const std::map<int, double>& weights, int images) {
  PlanRequest request;
  request.images = images;
  request.questions_per_image = 4;
  request.quotas = QuotasOf(weights, images * 4).value();
  request.seed = kSeed;
  return request;
}

const std::map<int, double> kLikeARealLoop = {{3, .01}, {4, .18}, {5, .17}, {6, .16},
                                              {7, .16}, {8, .15}, {9, .17}};

int Dropped(const Plan& plan, const std::string& reason) {
  for (const DropCount& drop : plan.dropped) {
    if (drop.reason == reason) return drop.count;
  }
  return 0;
}

TEST_CASE("quotas sum to the total and are within one of the exact share") {
  const auto quotas = QuotasOf({{1, 1}, {2, 1}, {3, 1}, {4, 0}}, 100).value();
  CHECK(quotas == std::map<int, int>{{1, 34}, {2, 33}, {3, 33}, {4, 0}});
  const auto uneven = QuotasOf({{1, 0.5}, {2, 0.3}, {3, 0.2}}, 7).value();
  // 3.5, 2.1, 1.4: the largest remainder gets the seventh.
  CHECK(uneven == std::map<int, int>{{1, 4}, {2, 2}, {3, 1}});
  CHECK(QuotasOf({{1, 2}, {2, 1}}, 0).value() == std::map<int, int>{{1, 0}, {2, 0}});
}

TEST_CASE("weights that are no weights are refused with the type") {
  CHECK(QuotasOf({{1, 0}, {2, 0}}, 10).status().message().find("all weights are zero") == 0);
  CHECK(QuotasOf({{5, -1}}, 10).status().message().find("type 5") != std::string::npos);
  CHECK_FALSE(QuotasOf({{5, std::nan("")}}, 10).ok());
  CHECK_FALSE(QuotasOf({{5, std::numeric_limits<double>::infinity()}}, 10).ok());
}

TEST_CASE("a plan fills its quotas exactly where the bank can serve them") {
  const auto bank = Bank(1500);
  for (const auto& weights :
       {kLikeARealLoop, std::map<int, double>{{3, .04}, {4, .25}, {5, .11}, {6, .47}, {8, .13}}}) {
    const PlanRequest request = Request(weights, 300);
    const Plan plan = MakePlan(bank, QuestionMaker(), {}, request);
    CHECK(plan.images.size() == 300);
    std::map<int, int> counted;
    std::set<size_t> scenes;
    for (const PlannedImage& image : plan.images) {
      CHECK(scenes.insert(image.scene).second);
      CHECK(image.questions.size() == 4);
      std::set<std::string> keys;
      for (const MadeQuestion& made : image.questions) {
        ++counted[made.type];
        CHECK(keys.insert(made.key).second);
      }
    }
    for (const TypeSamples& type : plan.by_type) {
      INFO("type " << type.type);
      CHECK(type.quota == request.quotas.at(type.type));
      CHECK(type.samples == type.quota);
      CHECK(type.samples == counted[type.type]);
    }
  }
}

TEST_CASE("what a bank cannot serve is reported as a shortfall") {
  // A sign can be asked about once, so four questions an image cannot all be about text.
  const Plan plan = MakePlan(Bank(400), QuestionMaker(), {}, Request({{9, 1}}, 50));
  REQUIRE(plan.by_type.size() == 1);
  CHECK(plan.by_type[0].quota == 200);
  CHECK(plan.by_type[0].samples == 50);
  CHECK(plan.by_type[0].name == "Text Understanding");
}

TEST_CASE("a plan is a function of its request") {
  const auto bank = Bank(300);
  const auto same = [&](uint64_t seed) {
    PlanRequest request = Request(kLikeARealLoop, 40);
    request.seed = seed;
    std::vector<std::string> questions;
    for (const PlannedImage& image : MakePlan(bank, QuestionMaker(), {}, request).images) {
      for (const MadeQuestion& made : image.questions) {
        questions.push_back(bank[image.scene].image + made.question + made.direct_answer());
      }
    }
    return questions;
  };
  CHECK(same(1) == same(1));
  CHECK(same(1) != same(2));
}

TEST_CASE("scenes of the benchmark and scenes that come twice are dropped and counted") {
  auto bank = Bank(20);
  bank.push_back(bank[3]);
  Fingerprints benchmark;
  for (size_t i = 0; i < 5; ++i) benchmark.Add(SceneFingerprint(bank[i + 10]));
  const Plan plan = MakePlan(bank, QuestionMaker(), benchmark, Request({{1, 1}, {8, 1}}, 21));
  CHECK(plan.images.size() == 15);
  CHECK(Dropped(plan, "scene of the benchmark") == 5);
  CHECK(Dropped(plan, "scene twice in the bank") == 1);
  for (const PlannedImage& image : plan.images) CHECK((image.scene < 10 || image.scene >= 15));
}

TEST_CASE("questions of the benchmark and questions asked before are dropped and counted") {
  const auto bank = Bank(30);
  PlanRequest request = Request({{4, 1}}, 30);
  const Plan first = MakePlan(bank, QuestionMaker(), {}, request);
  Fingerprints benchmark;
  std::set<std::string> seen;
  for (const PlannedImage& image : first.images) {
    for (const MadeQuestion& made : image.questions) {
      const auto fingerprint = QuestionFingerprint(bank[image.scene].image, made.question);
      seen.insert(fingerprint);
      if (seen.size() % 2 == 0) {
        request.asked.Add(fingerprint);
      } else {
        benchmark.Add(fingerprint);
      }
    }
  }
  const Plan second = MakePlan(bank, QuestionMaker(), benchmark, request);
  CHECK(Dropped(second, "asked before") > 0);
  CHECK(Dropped(second, "question of the benchmark") > 0);
  for (const PlannedImage& image : second.images) {
    for (const MadeQuestion& made : image.questions) {
      CHECK_FALSE(seen.contains(QuestionFingerprint(bank[image.scene].image, made.question)));
    }
  }
}

TEST_CASE("images that earlier iterations used come last") {
  const auto bank = Bank(100);
  PlanRequest request = Request({{1, 1}, {5, 1}}, 40);
  for (size_t i = 0; i < 50; ++i) request.used_images.insert(bank[i].image);
  for (const PlannedImage& image : MakePlan(bank, QuestionMaker(), {}, request).images) {
    CHECK(image.scene >= 50);
  }
}

TEST_CASE("every sample can be followed back to quota, weight, evaluation and seed") {
  const auto bank = Bank(100);
  const PlanRequest request = Request(kLikeARealLoop, 20);
  const Plan plan = MakePlan(bank, QuestionMaker(), {}, request);
  const SampleOrigin origin = {"i2", kLikeARealLoop, request.quotas, "evaluation", "analysis"};
  const Samples samples = MakeSamples(bank, plan, origin);
  REQUIRE(samples.rows.size() == plan.images.size());
  REQUIRE(samples.scenes.size() == plan.images.size());
  size_t line = 0;
  for (size_t i = 0; i < samples.rows.size(); ++i) {
    const LlavaRow& row = samples.rows[i];
    CHECK(CheckLlavaRow(row).ok());
    CHECK(row.image == samples.scenes[i].image);
    for (size_t turn = 0; turn < row.conversations.size() / 2; ++turn, ++line) {
      const Provenance& from = samples.provenance.at(line);
      const MadeQuestion& made = plan.images[i].questions[turn];
      CHECK(from.id == row.id + "#" + std::to_string(turn));
      CHECK(from.type == made.type);
      CHECK(from.family == made.family);
      CHECK(from.quota == request.quotas.at(made.type));
      CHECK(from.weight == kLikeARealLoop.at(made.type));
      CHECK(from.evaluation == "evaluation");
      CHECK(from.scene == SceneDigest(samples.scenes[i]));
      CHECK(row.conversations[2 * turn].value == (turn == 0 ? "<image>\n" : "") + made.question);
      CHECK(row.conversations[2 * turn + 1].value == made.direct_answer());
    }
    // The seed alone asks the same first question again.
    CHECK(plan.images[i].seed == samples.provenance.at(line - 1).seed);
  }
  CHECK(line == samples.provenance.size());
}

}  // namespace
}  // namespace flywheel
