#include "generators/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/check.h"
#include "base/rng.h"
#include "generators/letters.h"
#include "generators/world/scene_sampler.h"

namespace flywheel {
namespace {

constexpr int kTypes = kLastImageType - kFirstImageType + 1;
constexpr int kInteraction = 7;
constexpr int kText = 9;

std::string QuestionId(const std::string& prefix, size_t number) {
  return fmt::format("{}-{:06}", prefix, number);
}

// A scene nobody has that can be asked a question of the type, and the question.
MadeQuestion MakeSceneFor(int type, uint64_t seed, std::set<std::string>& taken,
                          SceneGraph* scene) {
  static const QuestionMaker maker;
  // About two of three scenes serve each type, so this many misses are a bug.
  constexpr uint64_t kMaxTries = 10000;
  world::SceneOptions options;
  if (type == kInteraction) options.agent_share = 1;
  if (type == kText) options.sign_share = 1;
  for (uint64_t attempt = 0; attempt < kMaxTries; ++attempt) {
    const uint64_t scene_seed = DeriveSeed(seed, attempt);
    *scene = world::SampleScene(scene_seed, options);
    std::string digest(DigestOfSceneImage(scene->image));
    if (taken.contains(digest)) continue;
    Rng rng(DeriveSeed(scene_seed, "question"));
    auto made = maker.Make(*scene, type, rng, {});
    if (!made) continue;
    taken.insert(std::move(digest));
    return *std::move(made);
  }
  CheckFailed(__FILE__, __LINE__, "made", "no scene serves a type");
}

// Up to `count` questions about the photo, of types that came least often so far.
std::vector<MadeQuestion> AskPhoto(const SceneGraph& photo, const QuestionMaker& maker, int count,
                                   std::pair<Rng*, std::map<int, int>*> state) {
  auto& [rng, asked_of_type] = state;
  std::vector<int> types = maker.TypesOf(photo);
  std::set<std::string> asked;
  std::vector<MadeQuestion> questions;
  while (static_cast<int>(questions.size()) < count && !types.empty()) {
    const auto rarest = std::min_element(types.begin(), types.end(), [&](int a, int b) {
      return std::pair((*asked_of_type)[a], a) < std::pair((*asked_of_type)[b], b);
    });
    auto made = maker.Make(photo, *rarest, *rng, asked);
    if (!made) {
      types.erase(rarest);
      continue;
    }
    asked.insert(made->key);
    ++(*asked_of_type)[made->type];
    questions.push_back(*std::move(made));
  }
  return questions;
}

}  // namespace

Question ToQuestion(const MadeQuestion& made, const std::string& id, const std::string& image) {
  Question question;
  question.question_id = id;
  question.question_type_id = made.type;
  question.question = made.question;
  question.choices = made.choices;
  question.answer = made.answer;
  question.image = image;
  question.group = image;
  return question;
}

Benchmark MakeWorldBenchmark(const WorldBenchmarkOptions& options, std::set<std::string>& taken) {
  Benchmark benchmark;
  Letters letters(DeriveSeed(options.seed, "letters"));
  for (int i = 0; i < options.questions; ++i) {
    const int type = kFirstImageType + i % kTypes;
    SceneGraph scene;
    MadeQuestion made =
        MakeSceneFor(type, DeriveSeed(options.seed, static_cast<uint64_t>(i)), taken, &scene);
    MoveAnswer(made, letters.Next(type));
    benchmark.questions.push_back(
        ToQuestion(made, QuestionId(options.id_prefix, static_cast<size_t>(i) + 1), scene.image));
    benchmark.scenes.push_back(std::move(scene));
  }
  return benchmark;
}

Result<PhotoBenchmark> MakePhotoBenchmark(const std::vector<SceneGraph>& photos,
                                          const PhotoBenchmarkOptions& options) {
  if (!(options.benchmark_share > 0 && options.benchmark_share < 1)) {
    return InvalidArgument(fmt::format(
        "benchmark_share: expected a share between 0 and 1, found {}", options.benchmark_share));
  }
  const auto count = static_cast<size_t>(
      std::lround(options.benchmark_share * static_cast<double>(photos.size())));
  if (count == 0 || count == photos.size()) {
    return InvalidArgument(fmt::format(
        "a benchmark_share of {} of {} photos leaves the benchmark or the bank without any",
        options.benchmark_share, photos.size()));
  }
  std::vector<SceneGraph> dealt = photos;
  Rng rng(DeriveSeed(options.seed, "photos"));
  rng.Shuffle(dealt);
  PhotoBenchmark result;
  result.bank.assign(dealt.begin() + static_cast<ptrdiff_t>(count), dealt.end());
  dealt.resize(count);
  const QuestionMaker maker(MakePhotoContext(dealt));
  Letters letters(DeriveSeed(options.seed, "letters"));
  std::map<int, int> asked_of_type;
  for (SceneGraph& photo : dealt) {
    auto questions = AskPhoto(photo, maker, options.questions_per_image, {&rng, &asked_of_type});
    if (questions.empty()) continue;
    for (MadeQuestion& made : questions) {
      MoveAnswer(made, letters.Next(made.type));
      const std::string id = QuestionId("photo", result.benchmark.questions.size() + 1);
      result.benchmark.questions.push_back(ToQuestion(made, id, photo.image));
    }
    result.benchmark.scenes.push_back(std::move(photo));
  }
  if (result.benchmark.questions.empty()) {
    return InvalidArgument(fmt::format("none of {} photos can be asked a question", count));
  }
  return result;
}

}  // namespace flywheel
