#include <catch2/catch.hpp>

#include "tests/unit/llava/tiny_model.h"
#include "workers/llava/scorer.h"
#include "workers/llava/trainer.h"

namespace flywheel::llava {
namespace {

std::vector<OptionQuestion> RandomQuestions(Rng* rng, int32_t images, int an_image) {
  std::vector<OptionQuestion> questions;
  for (int32_t i = 0; i < images; ++i) {
    for (int q = 0; q < an_image; ++q) {
      OptionQuestion& question = questions.emplace_back();
      question.image = i;
      question.prompt = RandomTokens(rng, rng->Between(2, 6));
      for (int o = 0; o < 4; ++o) {
        question.options.push_back(RandomTokens(rng, rng->Between(1, 4)));
      }
    }
  }
  return questions;
}

std::vector<std::vector<double>> Scores(const LlavaModel& model, const FeatureCache& features,
                                        const std::vector<OptionQuestion>& questions,
                                        const ScoreOptions& options) {
  auto scores = ScoreQuestions(model, features, questions, options);
  REQUIRE(scores.ok());
  return *std::move(scores);
}

TEST_CASE("A question's options scored together score as each alone") {
  for (const LlavaConfig& config : {SmallConfig(), PublishedConfig()}) {
    Rng rng(11);
    const auto model = LlavaModel::Create(config, 5);
    const FeatureCache features = RandomFeatures(*model, 3, 1);
    const std::vector<OptionQuestion> questions = RandomQuestions(&rng, 3, 2);
    const auto together = Scores(*model, features, questions, {.proceed = {}});
    for (size_t q = 0; q < questions.size(); ++q) {
      for (size_t o = 0; o < questions[q].options.size(); ++o) {
        OptionQuestion alone = questions[q];
        alone.options = {questions[q].options[o]};
        const auto single = Scores(*model, features, {alone}, {.proceed = {}});
        CHECK(together[q][o] == Approx(single[0][0]).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("An option's score is what training calls the loss of that answer") {
  Rng rng(12);
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 1, 1);
  for (const OptionQuestion& question : RandomQuestions(&rng, 1, 5)) {
    const auto scores = Scores(*model, features, {question}, {.proceed = {}});
    for (size_t o = 0; o < question.options.size(); ++o) {
      // The loss of a first step is that of the model before it.
      const auto fresh = LlavaModel::Create(SmallConfig(), 5);
      TrainingRow row;
      row.turns.push_back({question.prompt, question.options[o]});
      TrainOptions train;
      train.epochs = 1;
      const auto outcome =
          TrainLanguage(fresh.get(), features, {row}, train, [](const TrainStep&) { return true; });
      REQUIRE(outcome.ok());
      CHECK(scores[0][o] == Approx(-outcome->curve[0].loss).epsilon(1e-5));
    }
  }
}

TEST_CASE("The sum of an option's log-likelihoods is its mean times its tokens") {
  Rng rng(13);
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 2, 1);
  const std::vector<OptionQuestion> questions = RandomQuestions(&rng, 2, 2);
  const auto mean = Scores(*model, features, questions, {.proceed = {}});
  const auto sum = Scores(*model, features, questions, {.kind = ScoreKind::kSum, .proceed = {}});
  for (size_t q = 0; q < questions.size(); ++q) {
    for (size_t o = 0; o < questions[q].options.size(); ++o) {
      const auto tokens = static_cast<double>(questions[q].options[o].size());
      CHECK(sum[q][o] == Approx(mean[q][o] * tokens));
    }
  }
}

TEST_CASE("Scores do not depend on the number of threads, and barely on batches") {
  Rng rng(14);
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 7, 1);
  const std::vector<OptionQuestion> questions = RandomQuestions(&rng, 7, 3);
  const auto one = Scores(*model, features, questions, {.threads = 1, .proceed = {}});
  CHECK(Scores(*model, features, questions, {.threads = 3, .proceed = {}}) == one);
  const auto small = Scores(*model, features, questions, {.batch_questions = 2, .proceed = {}});
  for (size_t q = 0; q < questions.size(); ++q) {
    for (size_t o = 0; o < 4; ++o) CHECK(small[q][o] == Approx(one[q][o]).epsilon(1e-5));
  }
}

TEST_CASE("Scoring stops when asked to") {
  Rng rng(15);
  const auto model = LlavaModel::Create(SmallConfig(), 5);
  const FeatureCache features = RandomFeatures(*model, 1, 1);
  const auto scores = ScoreQuestions(*model, features, RandomQuestions(&rng, 1, 1),
                                     {.proceed = [](int64_t) { return false; }});
  CHECK(scores.status().code() == StatusCode::kCancelled);
}

}  // namespace
}  // namespace flywheel::llava
