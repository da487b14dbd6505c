// How fast the built-in model is on this machine: images/s of encoding and training, questions/s of
// scoring, with random pixels and tokens of the world's usual lengths. Says nothing of accuracy.
//   flywheel_bench_model [THREADS]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/rng.h"
#include "workers/llava/scorer.h"
#include "workers/llava/trainer.h"

namespace flywheel::llava {
namespace {

constexpr int64_t kImages = 2048;
constexpr int kTurns = 4;

LlavaConfig TinyConfig() {
  LlavaConfig config;
  config.vision = {.hidden_size = 128,
                   .intermediate_size = 384,
                   .num_hidden_layers = 2,
                   .num_attention_heads = 4,
                   .image_size = 64,
                   .patch_size = 8,
                   .hidden_act = "gelu",
                   .image_mean = {0.5, 0.5, 0.5},
                   .image_std = {0.25, 0.25, 0.25},
                   .stem = Stem::kConv,
                   .stem_layers = {{32, 2}, {64, 2}, {64, 1}, {128, 2}, {128, 1}},
                   .class_token = false,
                   .pre_layernorm = false,
                   .feature_layernorm = true};
  config.text = {.hidden_size = 128,
                 .intermediate_size = 320,
                 .num_hidden_layers = 4,
                 .num_attention_heads = 4,
                 .num_key_value_heads = 4,
                 .vocab_size = 1000,
                 .max_position_embeddings = 256};
  config.vision_feature_layer = -1;
  config.projector_position_embedding = true;
  config.turn_position_start = 100;
  return config;
}

std::vector<int32_t> RandomTokens(Rng* rng, int64_t low, int64_t high) {
  std::vector<int32_t> tokens;
  for (int64_t n = rng->Between(low, high); n > 0; --n) {
    tokens.push_back(static_cast<int32_t>(rng->Below(1000)));
  }
  return tokens;
}

// Wall time, and the time of all threads on a processor: on a busy machine they differ.
struct Watch {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::clock_t cpu = std::clock();

  void Print(const char* what, double count) const {
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double busy = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    std::printf("%-34s %7.0f /s  (%.2f s, %.0f /s a busy core)\n", what, count / wall, wall,
                count / busy);
  }
};

int Main(int threads) {
  Rng rng(1);
  const auto model = LlavaModel::Create(TinyConfig(), 1);
  const Watch encoding;
  const auto features = EncodeImages(*model, kImages,
                                     [](int64_t index, std::span<uint8_t> rgb) {
                                       Rng pixels(static_cast<uint64_t>(index));
                                       for (uint8_t& byte : rgb)
                                         byte = static_cast<uint8_t>(pixels.Next());
                                       return OkStatus();
                                     },
                                     {.threads = threads, .proceed = {}});
  encoding.Print("images encoded", kImages);

  std::vector<TrainingRow> rows;
  for (int32_t i = 0; i < kImages; ++i) {
    TrainingRow& row = rows.emplace_back();
    row.image = i;
    for (int t = 0; t < kTurns; ++t) {
      row.turns.push_back({RandomTokens(&rng, 8, 13), RandomTokens(&rng, 2, 4)});
    }
  }
  TrainOptions train;
  train.epochs = 1;
  train.threads = threads;
  const Watch training;
  const auto outcome =
      TrainLanguage(model.get(), *features, rows, train, [](const TrainStep&) { return true; });
  if (!outcome.ok()) {
    std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
    return 1;
  }
  training.Print("images trained, four turns each", kImages);

  for (const int an_image : {1, 4}) {
    std::vector<OptionQuestion> questions;
    for (int32_t i = 0; i < kImages; ++i) {
      for (int q = 0; q < an_image; ++q) {
        OptionQuestion& question = questions.emplace_back();
        question.image = i;
        question.prompt = RandomTokens(&rng, 8, 13);
        for (int o = 0; o < 4; ++o) question.options.push_back(RandomTokens(&rng, 1, 3));
      }
    }
    const Watch scoring;
    const auto scores =
        ScoreQuestions(*model, *features, questions, {.threads = threads, .proceed = {}});
    scoring.Print(
        an_image == 1 ? "questions scored, one an image" : "questions scored, four an image",
        static_cast<double>(questions.size()));
  }
  return 0;
}

}  // namespace
}  // namespace flywheel::llava

int main(int argc, char** argv) { return flywheel::llava::Main(argc > 1 ? std::atoi(argv[1]) : 2); }
