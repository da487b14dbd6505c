// flywheel-pretrain: makes a base model from nothing but seeds. Run by scripts/make-base-model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/digest.h"
#include "base/io/files.h"
#include "base/rng.h"
#include "workers/llava/trainer.h"
#include "workers/pretrain/base_rows.h"
#include "workers/pretrain/exam.h"
#include "workers/pretrain/model_card.h"
#include "workers/pretrain/tiny_config.h"
#include "workers/pretrain/world_labels.h"

namespace flywheel::pretrain {
namespace {

constexpr int kExamQuestions = 1800;
constexpr int64_t kReportEvery = 100;  // steps

struct Arguments {
  std::string out;
  std::string tokenizer;
  std::string tower_from;  // empty: train one
  uint64_t seed = 1;
  int threads = 2;
  llava::TowerOptions tower{.steps = 5000, .samples = 80000};
  BaseMixture mixture{.images = 16000};
  int64_t base_epochs = 3;
  double base_learning_rate = 1.5e-3;
};

void Say(const std::string& line) {
  static const auto start = std::chrono::steady_clock::now();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::fprintf(stderr, "%7.1f s  %s\n", seconds, line.c_str());
}

Status TrainVision(const Arguments& arguments, llava::LlavaModel* model, ModelCard* card) {
  double sum = 0;
  const auto progress = [&](const llava::TowerStep& step) {
    sum += step.loss;
    if (step.step % kReportEvery != 0) return;
    Say(fmt::format("tower step {} of {}, loss {:.3f}", step.step, step.steps,
                    sum / static_cast<double>(kReportEvery)));
    sum = 0;
  };
  card->heads = WorldHeads();
  FW_TRY(llava::TrainTower(model, card->heads, WorldLabels(DeriveSeed(arguments.seed, "tower")),
                           arguments.tower, progress, &card->head_accuracy));
  for (size_t i = 0; i < card->heads.size(); ++i) {
    Say(fmt::format("tower head {}: {:.2f} %", card->heads[i].name, 100 * card->head_accuracy[i]));
  }
  return OkStatus();
}

// A model with a trained tower and a fresh language side. The tower is what the file will hold, so
// that the base is trained on the features that all later training sees.
Result<std::unique_ptr<llava::LlavaModel>> MakeVision(const Arguments& arguments,
                                                      int64_t vocabulary, ModelCard* card) {
  auto model =
      llava::LlavaModel::Create(TinyConfig(vocabulary), DeriveSeed(arguments.seed, "model"));
  std::string trained = arguments.tower_from;
  if (trained.empty()) {
    FW_TRY(TrainVision(arguments, model.get(), card));
    FW_TRY(model->Save(arguments.out));
    trained = arguments.out;
  }
  FW_ASSIGN(const auto saved, llava::LlavaModel::Load(trained));
  FW_TRY(model->TakeVision(*saved));
  return model;
}

Status TrainBase(const Arguments& arguments, const llava::Tokenizer& tokenizer,
                 llava::LlavaModel* model, ModelCard* card) {
  const BaseData data = MakeBaseData(arguments.mixture, tokenizer);
  Say(fmt::format("{} base images made", data.rows.size()));
  FW_ASSIGN(const llava::FeatureCache features,
            llava::EncodeImages(*model, static_cast<int64_t>(data.scenes.size()),
                                RenderScenes(data.scenes),
                                {.threads = arguments.threads, .proceed = {}}));
  Say("base images encoded");
  llava::TrainOptions options;
  options.epochs = arguments.base_epochs;
  options.learning_rate = arguments.base_learning_rate;
  options.warmup_steps = 100;
  options.seed = DeriveSeed(arguments.seed, "base");
  options.threads = arguments.threads;
  double sum = 0;
  FW_ASSIGN(
      const llava::TrainOutcome outcome,
      llava::TrainLanguage(model, features, data.rows, options, [&](const llava::TrainStep& step) {
        sum += step.loss;
        if (step.step % kReportEvery == 0) {
          Say(fmt::format("base step {} of {}, loss {:.3f}", step.step, step.steps,
                          sum / static_cast<double>(kReportEvery)));
          sum = 0;
        }
        return true;
      }));
  card->base_steps = outcome.steps;
  return OkStatus();
}

// What is written is what is examined: the weights as they are on disk.
Status Examine(const Arguments& arguments, ModelCard* card) {
  FW_ASSIGN(const auto model, llava::LlavaModel::Load(arguments.out));
  FW_ASSIGN(const llava::Tokenizer tokenizer,
            llava::Tokenizer::Load(arguments.out + "/tokenizer.model"));
  std::set<std::string> taken;
  const Benchmark benchmark =
      MakeWorldBenchmark({DeriveSeed(arguments.seed, "exam"), kExamQuestions, "exam"}, taken);
  FW_ASSIGN(card->exam, TakeExam(*model, tokenizer, benchmark, arguments.threads));
  card->exam_questions = kExamQuestions;
  for (const auto& [type, accuracy] : card->exam.by_type) {
    Say(fmt::format("type {}: {:.1f} %", type, 100 * accuracy));
  }
  Say(fmt::format("all: {:.1f} %", 100 * card->exam.accuracy));
  return OkStatus();
}

Status WriteCard(const Arguments& arguments, ModelCard* card) {
  FW_ASSIGN(const std::string weights, ReadFile(arguments.out + "/model.safetensors"));
  FW_ASSIGN(const std::string tokenizer, ReadFile(arguments.out + "/tokenizer.model"));
  card->weights_bytes = static_cast<int64_t>(weights.size());
  card->weights_digest = Sha256Hex(weights);
  card->tokenizer_digest = Sha256Hex(tokenizer);
  return WriteFile(arguments.out + "/README.md", FormatModelCard(*card));
}

Status Make(const Arguments& arguments) {
  FW_TRY(MakeDirectories(arguments.out));
  FW_ASSIGN(const std::string pieces, ReadFile(arguments.tokenizer));
  FW_TRY(WriteFile(arguments.out + "/tokenizer.model", pieces));
  FW_ASSIGN(const llava::Tokenizer tokenizer,
            llava::Tokenizer::FromBytes(pieces, arguments.tokenizer));
  Say(fmt::format("tokenizer with {} pieces", tokenizer.size()));
  ModelCard card{.seed = arguments.seed,
                 .threads = arguments.threads,
                 .vocabulary = tokenizer.size(),
                 .tower = arguments.tower,
                 .heads = {},
                 .head_accuracy = {},
                 .mixture = arguments.mixture,
                 .base_epochs = arguments.base_epochs,
                 .base_learning_rate = arguments.base_learning_rate,
                 .exam = {},
                 .weights_digest = {},
                 .tokenizer_digest = {}};
  FW_ASSIGN(const auto model, MakeVision(arguments, tokenizer.size(), &card));
  FW_TRY(TrainBase(arguments, tokenizer, model.get(), &card));
  FW_TRY(model->Save(arguments.out));
  FW_TRY(WriteFile(arguments.out + "/base_mixture.json", ToJson(arguments.mixture).dump(2) + "\n"));
  FW_TRY(Examine(arguments, &card));
  return WriteCard(arguments, &card);
}

int Main(int argc, char** argv) {
  CLI::App app("Makes a base model for the rendered world from nothing but seeds.");
  Arguments arguments;
  app.add_option("--out", arguments.out, "folder to write")->required();
  app.add_option("--tokenizer", arguments.tokenizer, "tokenizer.model to take")->required();
  app.add_option("--seed", arguments.seed, "where all randomness comes from");
  app.add_option("--threads", arguments.threads, "data-parallel threads")->check(CLI::Range(1, 64));
  app.add_option("--tower-steps", arguments.tower.steps, "steps of the vision tower")
      ->check(CLI::PositiveNumber);
  app.add_option("--tower-scenes", arguments.tower.samples, "scenes the tower is shown")
      ->check(CLI::PositiveNumber);
  app.add_option("--tower", arguments.tower_from,
                 "model to take the tower of, instead of training");
  app.add_option("--base-images", arguments.mixture.images, "images of the base mixture")
      ->check(CLI::PositiveNumber);
  app.add_option("--base-epochs", arguments.base_epochs, "passes over the base mixture")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  arguments.tower.threads = arguments.threads;
  arguments.tower.seed = DeriveSeed(arguments.seed, "tower training");
  arguments.mixture.seed = DeriveSeed(arguments.seed, "mixture");
  const Status status = Make(arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "flywheel-pretrain: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace flywheel::pretrain

int main(int argc, char** argv) { return flywheel::pretrain::Main(argc, argv); }
