#include "workers/prepare/split.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"

namespace flywheel {
namespace {

constexpr SplitShares kShares = {0.4, 0.3, 0.3};

Question MakeQuestion(int number, int type, const std::string& group) {
  return {.question_id = fmt::format("q{}", number),
          .question_type_id = type,
          .question = "what?",
          .choices = {"a", "b"},
          .answer = 0,
          .image = group,
          .group = group};
}

// `images` photographs with up to `most` questions each, of types that are unevenly common.
std::vector<Question> MakePhotographs(int images, int most, uint64_t seed) {
  Rng rng(seed);
  const std::vector<double> common = {8, 6, 9, 4, 5, 2, 0.5, 1, 0.5};
  std::vector<Question> questions;
  for (int image = 0; image < images; ++image) {
    const int64_t count = rng.Between(1, most);
    for (int64_t i = 0; i < count; ++i) {
      questions.push_back(MakeQuestion(static_cast<int>(questions.size()),
                                       static_cast<int>(rng.Weighted(common)) + 1,
                                       fmt::format("image {}", image)));
    }
  }
  return questions;
}

DealtQuestions Deal(const std::vector<Question>& questions, const SplitShares& shares,
                    uint64_t seed) {
  const Result<DealtQuestions> dealt = DealQuestions(questions, shares, seed);
  INFO(dealt.status().message());
  REQUIRE(dealt.ok());
  return *dealt;
}

TEST_CASE("Every question is dealt once and no image is on two sides") {
  const uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  const std::vector<Question> questions = MakePhotographs(300, 4, seed);
  const DealtQuestions dealt = Deal(questions, kShares, seed);
  std::map<std::string, size_t> split_of_group;
  std::set<std::string> ids;
  for (size_t i = 0; i < dealt.splits.size(); ++i) {
    for (const Question& question : dealt.splits[i]) {
      CHECK(ids.insert(question.question_id).second);
      CHECK(split_of_group.emplace(question.group, i).first->second == i);
    }
  }
  CHECK(ids.size() == questions.size());
}

TEST_CASE("Every type is within two questions of its share when each image has one question") {
  const uint64_t seed = GENERATE(11, 12, 13, 14);
  CAPTURE(seed);
  const std::vector<Question> questions = MakePhotographs(997, 1, seed);
  std::map<int, int> total;
  for (const Question& question : questions) ++total[question.question_type_id];
  const DealtQuestions dealt = Deal(questions, kShares, seed);
  CHECK(dealt.warnings.empty());
  for (size_t i = 0; i < dealt.splits.size(); ++i) {
    std::map<int, int> found;
    for (const Question& question : dealt.splits[i]) ++found[question.question_type_id];
    for (const auto& [type, count] : total) {
      CAPTURE(i, type, count, found[type]);
      CHECK(std::abs(found[type] - kShares[i] * count) <= 1.0);
    }
  }
}

TEST_CASE(
    "Every type is within its bounds when images have several questions, or a warning says so") {
  const uint64_t seed = GENERATE(21, 22, 23);
  CAPTURE(seed);
  const std::vector<Question> questions = MakePhotographs(400, 4, seed);
  std::map<int, int> total;
  for (const Question& question : questions) ++total[question.question_type_id];
  const DealtQuestions dealt = Deal(questions, kShares, seed);
  size_t beyond = 0;
  for (size_t i = 0; i < dealt.splits.size(); ++i) {
    std::map<int, int> found;
    for (const Question& question : dealt.splits[i]) ++found[question.question_type_id];
    for (const auto& [type, count] : total) {
      if (std::abs(found[type] - kShares[i] * count) > std::max(2.0, 0.02 * count)) ++beyond;
      // Whatever the images are like, a type is never far from its share.
      CHECK(std::abs(found[type] - kShares[i] * count) <= 6);
    }
  }
  CHECK(dealt.warnings.size() == beyond);
}

TEST_CASE("A type that cannot be dealt evenly is told with counts") {
  std::vector<Question> questions;
  for (int i = 0; i < 10; ++i) questions.push_back(MakeQuestion(i, 5, "the only image"));
  const DealtQuestions dealt = Deal(questions, {0.5, 0, 0.5}, 7);
  REQUIRE(dealt.warnings.size() == 2);
  CHECK(dealt.warnings[0] ==
        "split steer has 10 of the 10 questions of type 5 (Instances Counting), its share is 5.0: "
        "images with several questions could not be dealt evenly");
}

TEST_CASE("A split with share 0 stays empty") {
  const DealtQuestions dealt = Deal(MakePhotographs(60, 3, 5), {0.5, 0, 0.5}, 5);
  CHECK_FALSE(dealt.splits[0].empty());
  CHECK(dealt.splits[1].empty());
  CHECK_FALSE(dealt.splits[2].empty());
}

TEST_CASE("The order of the questions does not matter, the seed does") {
  const std::vector<Question> questions = MakePhotographs(200, 3, 9);
  std::vector<Question> shuffled = questions;
  Rng rng(77);
  rng.Shuffle(shuffled);
  const auto ids = [](const std::vector<Question>& split) {
    std::set<std::string> set;
    for (const Question& question : split) set.insert(question.question_id);
    return set;
  };
  const DealtQuestions a = Deal(questions, kShares, 3);
  const DealtQuestions b = Deal(shuffled, kShares, 3);
  const DealtQuestions c = Deal(questions, kShares, 4);
  for (size_t i = 0; i < a.splits.size(); ++i) CHECK(ids(a.splits[i]) == ids(b.splits[i]));
  CHECK(ids(a.splits[0]) != ids(c.splits[0]));
}

TEST_CASE("Questions without an image's group are dealt one by one") {
  std::vector<Question> questions;
  for (int i = 0; i < 20; ++i) questions.push_back(MakeQuestion(i, 8, ""));
  const DealtQuestions dealt = Deal(questions, {0.5, 0.25, 0.25}, 1);
  CHECK(dealt.splits[0].size() == 10);
  CHECK(dealt.splits[1].size() == 5);
  CHECK(dealt.splits[2].size() == 5);
}

TEST_CASE("Shares that are no shares are refused") {
  CHECK(DealQuestions({}, {0.5, 0.3, 0.3}, 1).status().message() ==
        "shares: expected a sum of 1, found 1.1");
  CHECK(DealQuestions({}, {1.5, -0.5, 0}, 1).status().message() ==
        "share of steer: expected 0 to 1, found 1.5");
}

}  // namespace
}  // namespace flywheel
