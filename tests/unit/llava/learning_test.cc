#include <catch2/catch.hpp>
#include <cmath>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/llava/tiny_model.h"
#include "workers/llava/tower_trainer.h"
#include "workers/llava/trainer.h"

namespace flywheel::llava {
namespace {

using testing::TempDir;

bool Always(const TrainStep&) { return true; }

TrainOptions SmallRun() {
  TrainOptions options;
  options.epochs = 2;
  options.batch_size = 4;
  options.warmup_steps = 2;
  options.seed = 9;
  options.threads = 2;
  return options;
}

std::string Weights(const LlavaModel& model) {
  const TempDir folder;
  REQUIRE(model.Save(folder.path()).ok());
  return *ReadFile(folder / "model.safetensors");
}

double FirstLoss(const LlavaConfig& config, const std::vector<TrainingRow>& rows) {
  const auto model = LlavaModel::Create(config, 5);
  const FeatureCache features = RandomFeatures(*model, 8, 1);
  TrainOptions options;
  options.epochs = 1;
  options.batch_size = 64;
  const auto outcome = TrainLanguage(model.get(), features, rows, options, Always);
  REQUIRE(outcome.ok());
  return outcome->curve[0].loss;
}

TEST_CASE("Turns packed behind one image are learnt as each alone would be") {
  for (const LlavaConfig& config : {SmallConfig(), PublishedConfig()}) {
    Rng rng(21);
    const std::vector<TrainingRow> packed = RandomRows(&rng, 3, 4);
    std::vector<TrainingRow> alone;
    double sum = 0;
    double tokens = 0;
    for (const TrainingRow& row : packed) {
      for (const Turn& turn : row.turns) {
        alone.push_back({row.image, {turn}});
        const auto count = static_cast<double>(turn.answer.size());
        sum += FirstLoss(config, {alone.back()}) * count;
        tokens += count;
      }
    }
    CHECK(FirstLoss(config, packed) == Approx(sum / tokens).epsilon(1e-5));
    CHECK(FirstLoss(config, alone) == Approx(sum / tokens).epsilon(1e-5));
  }
}

TEST_CASE("Training learns rows by heart") {
  for (const LlavaConfig& config : {SmallConfig(), PublishedConfig()}) {
    Rng rng(22);
    const auto model = LlavaModel::Create(config, 5);
    const FeatureCache features = RandomFeatures(*model, 8, 1);
    const std::vector<TrainingRow> rows = RandomRows(&rng, 8, 2);
    TrainOptions options = SmallRun();
    options.epochs = 150;
    options.learning_rate = 5e-3;
    const auto outcome = TrainLanguage(model.get(), features, rows, options, Always);
    REQUIRE(outcome.ok());
    CHECK(outcome->curve.front().loss > 3);
    CHECK(outcome->curve.back().loss < 0.2);
  }
}

TEST_CASE("The same run gives the same bits, with one thread and with three") {
  Rng rng(23);
  const std::vector<TrainingRow> rows = RandomRows(&rng, 10, 3);
  for (const int threads : {1, 3}) {
    std::string first;
    for (int run = 0; run < 2; ++run) {
      const auto model = LlavaModel::Create(SmallConfig(), 5);
      const FeatureCache features = RandomFeatures(*model, 10, 1);
      TrainOptions options = SmallRun();
      options.threads = threads;
      REQUIRE(TrainLanguage(model.get(), features, rows, options, Always).ok());
      if (run == 0) first = Weights(*model);
      CHECK(Weights(*model) == first);
    }
  }
}

TEST_CASE("A run that was stopped ends with the bits of one that was not") {
  const TempDir folder;
  Rng rng(24);
  const std::vector<TrainingRow> rows = RandomRows(&rng, 10, 2);
  TrainOptions options = SmallRun();
  options.run_name = "inputs ";
  const auto whole = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*whole, 10, 1);
  const auto expected = TrainLanguage(whole.get(), features, rows, options, Always);
  REQUIRE(expected.ok());
  REQUIRE(expected->steps == 6);

  options.checkpoint_path = folder / "checkpoint.safetensors";
  const auto stopped = LlavaModel::Create(SmallConfig(), 5);
  const auto cut = TrainLanguage(stopped.get(), features, rows, options,
                                 [](const TrainStep& step) { return step.step < 4; });
  REQUIRE(cut.status().code() == StatusCode::kCancelled);
  const auto resumed = LlavaModel::Create(SmallConfig(), 5);
  const auto outcome = TrainLanguage(resumed.get(), features, rows, options, Always);
  REQUIRE(outcome.ok());
  CHECK(outcome->first_step == 4);
  CHECK(Weights(*resumed) == Weights(*whole));
  REQUIRE(outcome->curve.size() == expected->curve.size());
  for (size_t i = 0; i < outcome->curve.size(); ++i) {
    CHECK(outcome->curve[i].loss == expected->curve[i].loss);
  }

  SECTION("A checkpoint of another run is not continued") {
    options.run_name = "other inputs ";
    const auto other = LlavaModel::Create(SmallConfig(), 5);
    const auto fresh = TrainLanguage(other.get(), features, rows, options, Always);
    REQUIRE(fresh.ok());
    CHECK(fresh->first_step == 0);
    CHECK(Weights(*other) == Weights(*whole));
  }
  SECTION("A damaged checkpoint is an error, not a fresh start") {
    std::string bytes = *ReadFile(options.checkpoint_path);
    REQUIRE(WriteFile(options.checkpoint_path, bytes.substr(0, bytes.size() - 9)).ok());
    const auto other = LlavaModel::Create(SmallConfig(), 5);
    const auto fresh = TrainLanguage(other.get(), features, rows, options, Always);
    CHECK(fresh.status().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("Checkpoints written on the way are where a killed run goes on") {
  const TempDir folder;
  Rng rng(25);
  const std::vector<TrainingRow> rows = RandomRows(&rng, 10, 2);
  TrainOptions options = SmallRun();
  options.checkpoint_path = folder / "checkpoint.safetensors";
  options.checkpoint_every = 4;
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 10, 1);
  REQUIRE(TrainLanguage(model.get(), features, rows, options, Always).ok());
  // As if killed after step 5: what is there is the checkpoint of step 4.
  const auto again = LlavaModel::Create(SmallConfig(), 5);
  const auto outcome = TrainLanguage(again.get(), features, rows, options, Always);
  REQUIRE(outcome.ok());
  CHECK(outcome->first_step == 4);
  CHECK(Weights(*again) == Weights(*model));
}

TEST_CASE("A training set without rows and a loss that runs away are errors") {
  Rng rng(26);
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 4, 1);
  TrainOptions options = SmallRun();
  CHECK(TrainLanguage(model.get(), features, {}, options, Always).status().code() ==
        StatusCode::kInvalidArgument);
  options.learning_rate = 1e30;
  const auto outcome =
      TrainLanguage(model.get(), features, RandomRows(&rng, 4, 2), options, Always);
  CHECK(outcome.status().code() == StatusCode::kInvalidArgument);
  CHECK_THAT(outcome.status().message(), Catch::Contains("learning rate"));
}

TEST_CASE("An image that cannot be read ends encoding with its reason") {
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const auto features =
      EncodeImages(*model, 40,
                   [](int64_t index, std::span<uint8_t>) {
                     return index == 30 ? NotFound("image 30: no such file") : OkStatus();
                   },
                   {.threads = 2, .proceed = {}});
  CHECK(features.status() == NotFound("image 30: no such file"));
}

TEST_CASE("The tower learns what is at a patch, and the same from the same seed") {
  // A bright square in one patch: where it is, and which of three colours it has.
  const DenseSource source = [](int64_t index, std::span<uint8_t> rgb,
                                std::vector<DenseTarget>* targets) {
    Rng rng(static_cast<uint64_t>(index));
    const auto patch = static_cast<int32_t>(rng.Below(16));
    const auto colour = static_cast<int32_t>(rng.Below(3));
    for (uint8_t& byte : rgb) byte = static_cast<uint8_t>(rng.Below(60));
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 4; ++x) {
        rgb[static_cast<size_t>(((patch / 4 * 4 + y) * 16 + patch % 4 * 4 + x) * 3 + colour)] = 250;
      }
    }
    for (int32_t p = 0; p < 16; ++p) targets->push_back({0, p, p == patch ? 1 : 0});
    targets->push_back({1, patch, colour});
  };
  const std::vector<DenseHead> heads = {{"what", 2, 1, {0.2, 1}}, {"colour", 3, 1, {}}};
  TowerOptions options;
  options.steps = 150;
  options.samples = 1000;
  options.threads = 2;
  std::string first;
  for (int run = 0; run < 2; ++run) {
    const auto model = LlavaModel::Create(SmallConfig(), 5);
    std::vector<double> accuracy;
    REQUIRE(TrainTower(
                model.get(), heads, source, options, [](const TowerStep&) {}, &accuracy)
                .ok());
    CHECK(accuracy[0] > 0.95);
    CHECK(accuracy[1] > 0.9);
    if (run == 0) first = Weights(*model);
    CHECK(Weights(*model) == first);
  }
}

}  // namespace
}  // namespace flywheel::llava
