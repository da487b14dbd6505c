// How fast a pool's text is signed and tagged on this machine, one thread, on synthetic samples of
// about 600 bytes: JSON lines {"bench", "samples", "seconds", "cpu_seconds", "per_second"}, the
// rate a busy core. Says nothing of reading files.
//   flywheel_bench_pool_text MODEL_JSON [SAMPLES]
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/rng.h"
#include "pool/text/near_duplicates.h"
#include "pool/text/question_type.h"
#include "pool/text/text_signature.h"

namespace flywheel {
namespace {

constexpr int64_t kSamples = 1000000;
// So many texts, used over and over: memory stays small and caches cold enough.
constexpr size_t kTexts = 20000;
constexpr size_t kAnswerBytes = 520;

struct Sample {
  std::array<std::string, 2> turns;
};

std::vector<Sample> MakeSamples() {
  const std::vector<std::string> questions = {
      "<image>\nWhat color is the {} next to the {}?",
      "<image>\nIs there a {} in the {}? Answer the question directly with a short sentence or "
      "phrase.",
      "How might the {} have come to be beside the {}?\n<image>",
      "<image>\nCan you tell whether the {} belongs to the {} in the foreground?",
      "<image>\nWhat is the {} on the {}?",
      "<image>\nDoes the {} match the {}?\nA. yes\nB. no\nC. partly\nD. unknown\nAnswer with the "
      "option's letter from the given choices directly."};
  Rng rng(1);
  const auto word = [&] {
    std::string text;
    for (int64_t n = rng.Between(2, 9); n > 0; --n) text += static_cast<char>('a' + rng.Below(26));
    return text;
  };
  std::vector<std::string> vocabulary;
  for (int n = 0; n < 4000; ++n) vocabulary.push_back(word());
  std::vector<Sample> samples(kTexts);
  for (Sample& sample : samples) {
    sample.turns[0] =
        fmt::format(fmt::runtime(rng.Pick(questions)), rng.Pick(vocabulary), rng.Pick(vocabulary));
    while (sample.turns[1].size() < kAnswerBytes) {
      sample.turns[1] += rng.Pick(vocabulary) + (rng.Chance(0.1) ? ". " : " ");
    }
  }
  return samples;
}

// Wall time and this thread's time on a processor: on a busy machine they differ.
template <typename Function>
void Bench(std::string_view name, int64_t count, const Function& function) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  for (int64_t n = 0; n < count; ++n) function(n);
  const double busy = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(
      "{{\"bench\":\"{}\",\"samples\":{},\"seconds\":{:.3f},\"cpu_seconds\":{:.3f},"
      "\"per_second\":{:.0f}}}\n",
      name, count, wall, busy, static_cast<double>(count) / busy);
}

int Main(const std::string& model_path, int64_t count) {
  Result<TypeModel> model = TypeModel::Load(model_path);
  if (!model.ok()) {
    fmt::print(stderr, "error: {}\n", model.status().message());
    return 1;
  }
  const QuestionTagger tagger(*std::move(model));
  const std::vector<Sample> samples = MakeSamples();
  size_t bytes = 0, by_model = 0;
  for (const Sample& one : samples) {
    bytes += one.turns[0].size() + one.turns[1].size();
    by_model += tagger.Tag("i", one.turns[0]).decided_by == kDecidedByModel;
  }
  fmt::print("{{\"bench\":\"samples\",\"bytes_each\":{},\"decided_by_model\":{:.2f}}}\n",
             bytes / kTexts, static_cast<double>(by_model) / kTexts);

  TextSignature signature;
  uint64_t sum = 0;  // printed, so that nothing is optimised away
  Bench("signature", count, [&](int64_t n) {
    const Sample& one = samples[static_cast<size_t>(n) % kTexts];
    const std::array<std::string_view, 2> turns = {one.turns[0], one.turns[1]};
    sum += signature.Of(turns);
  });
  Bench("tag", count, [&](int64_t n) {
    sum += static_cast<uint64_t>(
        tagger.Tag("coco/a.jpg", samples[static_cast<size_t>(n) % kTexts].turns[0]).type);
  });
  Bench("image_key", count, [&](int64_t n) {
    std::array<char, 64> path;
    const auto end = fmt::format_to_n(path.data(), path.size(), "coco/train2017/{:012}.jpg", n).out;
    sum += ImageKey({path.data(), static_cast<size_t>(end - path.data())});
  });
  NearDuplicates text_only = *NearDuplicates::Create();
  Rng rng(2);
  Bench("near_duplicates_text_only", count,
        [&](int64_t) { sum += text_only.Accept(0, rng.Next()) ? 1 : 0; });
  // Short texts with the same words around what differs: signatures that crowd in some buckets.
  std::vector<uint64_t> alike;
  for (int64_t n = 0; n < count; ++n) {
    const std::string text = fmt::format(
        "What is {} plus {}? Answer the question directly with a short sentence or phrase.", n,
        rng.Below(1000));
    alike.push_back(signature.Of(std::array<std::string_view, 1>{text}));
  }
  NearDuplicates crowded = *NearDuplicates::Create();
  Bench("near_duplicates_alike", count,
        [&](int64_t n) { sum += crowded.Accept(0, alike[static_cast<size_t>(n)]) ? 1 : 0; });
  NearDuplicates pictures = *NearDuplicates::Create();
  Bench("near_duplicates_four_a_picture", count, [&](int64_t n) {
    sum += pictures.Accept(static_cast<uint64_t>(n / 4 + 1), rng.Next()) ? 1 : 0;
  });
  fmt::print("{{\"bench\":\"checksum\",\"sum\":{}}}\n", sum);
  return 0;
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  const int64_t count = argc > 2 ? std::atoll(argv[2]) : flywheel::kSamples;
  if (argc < 2 || count < 1) {
    std::fprintf(stderr, "usage: flywheel_bench_pool_text MODEL_JSON [SAMPLES]\n");
    return 2;
  }
  return flywheel::Main(argv[1], count);
}
