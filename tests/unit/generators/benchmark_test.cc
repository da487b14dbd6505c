#include "generators/benchmark.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "generators/base_mixture.h"
#include "generators/corpus.h"
#include "generators/world/scene_sampler.h"
#include "oracle.h"

namespace flywheel {
namespace {

TEST_CASE("a benchmark has types and letters evenly, an image a question and no scene twice") {
  std::set<std::string> taken;
  const Benchmark steer = MakeWorldBenchmark({1, 360, "steer"}, taken);
  const Benchmark sealed = MakeWorldBenchmark({2, 360, "sealed"}, taken);
  CHECK(taken.size() == 720);
  std::set<std::string> images;
  for (const Benchmark* benchmark : {&steer, &sealed}) {
    REQUIRE(benchmark->questions.size() == 360);
    std::map<std::pair<int, int>, int> letters;
    std::set<std::string> ids;
    for (size_t i = 0; i < 360; ++i) {
      const Question& question = benchmark->questions[i];
      const SceneGraph& scene = benchmark->scenes[i];
      CHECK(question.image == scene.image);
      CHECK(question.group == scene.image);
      CHECK(images.insert(scene.image).second);
      CHECK(ids.insert(question.question_id).second);
      ++letters[{question.question_type_id, question.answer}];
      for (size_t choice = 0; choice < question.choices.size(); ++choice) {
        INFO(question.question << " " << question.choices[choice]);
        CHECK(oracle::IsRight(scene, question.question, question.choices[choice]) ==
              (static_cast<int>(choice) == question.answer));
      }
    }
    CHECK(letters.size() == 36);
    for (const auto& [letter, count] : letters) CHECK(count == 10);
  }
}

TEST_CASE("a benchmark is a function of its seed") {
  std::set<std::string> one, same, other;
  const auto questions = MakeWorldBenchmark({5, 45, "a"}, one).questions;
  CHECK(questions == MakeWorldBenchmark({5, 45, "a"}, same).questions);
  CHECK(questions != MakeWorldBenchmark({6, 45, "a"}, other).questions);
}

TEST_CASE("a scene that is taken is not used again") {
  std::set<std::string> taken;
  const auto first = MakeWorldBenchmark({5, 45, "a"}, taken);
  const auto second = MakeWorldBenchmark({5, 45, "b"}, taken);
  CHECK(taken.size() == 90);
  for (const SceneGraph& scene : second.scenes) {
    for (const SceneGraph& earlier : first.scenes) CHECK(scene.image != earlier.image);
  }
}

TEST_CASE("row i of the base mixture is a function of the recipe and i") {
  BaseMixture mixture;
  mixture.seed = 9;
  mixture.images = 1000;
  const BaseSample sample = MakeBaseSample(mixture, 500);
  CHECK(MakeBaseSample(mixture, 500).row == sample.row);
  CHECK(MakeBaseSample(mixture, 500).scene == sample.scene);
  CHECK(MakeBaseSample(mixture, 501).row != sample.row);
  mixture.images = 2000;
  CHECK(MakeBaseSample(mixture, 500).row == sample.row);
}

TEST_CASE("the base mixture has the shares of its recipe and teaches no agents, places or signs") {
  BaseMixture mixture;
  mixture.images = 2000;
  int captions = 0;
  int turns = 0;
  for (int64_t i = 0; i < mixture.images; ++i) {
    const BaseSample sample = MakeBaseSample(mixture, i);
    REQUIRE(CheckLlavaRow(sample.row).ok());
    REQUIRE(sample.row.image == sample.scene.image);
    const auto& talk = sample.row.conversations;
    turns += static_cast<int>(talk.size()) / 2;
    for (size_t turn = 0; turn < talk.size(); turn += 2) {
      std::string question = talk[turn].value;
      if (turn == 0) question = question.substr(std::string("<image>\n").size());
      const auto right = oracle::IsRight(sample.scene, question, talk[turn + 1].value);
      if (!right) {
        ++captions;
        CHECK(talk[turn + 1].value ==
              world::SceneCaption(sample.scene, world::CaptionDetail::kShapesOnly));
        continue;
      }
      REQUIRE(*right);
      for (const char* word : {"sign", "man", "robot", "how many", "relative", "where is"}) {
        INFO(question);
        CHECK(question.find(word) == std::string::npos);
      }
    }
  }
  CHECK(turns > 4 * mixture.images * 98 / 100);
  CHECK(captions > mixture.images * 45 / 100);
  CHECK(captions < mixture.images * 55 / 100);
}

TEST_CASE("a recipe of a base mixture survives JSON, and a wrong one is refused") {
  BaseMixture mixture;
  mixture.seed = 123456789012345;
  CHECK(BaseMixtureFromJson(ToJson(mixture)).value() == mixture);
  mixture.scene = 0.5;
  CHECK(BaseMixtureFromJson(ToJson(mixture)).status().message().find("sum to 1") !=
        std::string::npos);
  auto value = ToJson(BaseMixture());
  value["images"] = 0;
  CHECK(BaseMixtureFromJson(value).status().message().find("images") != std::string::npos);
  value = ToJson(BaseMixture());
  value["speed"] = 1;
  CHECK(BaseMixtureFromJson(value).status().message().find("speed") != std::string::npos);
}

TEST_CASE("the tokenizer's text is lower case, repeatable and holds the categories") {
  const auto corpus = TokenizerCorpus(1, 3000);
  CHECK(corpus == TokenizerCorpus(1, 3000));
  CHECK(corpus.size() >= 3000);
  std::set<std::string> lines(corpus.begin(), corpus.end());
  CHECK(lines.contains("traffic light"));
  CHECK(lines.contains("standing on"));
  CHECK(lines.contains("bottom right"));
  for (const std::string& line : corpus) {
    INFO(line);
    CHECK_FALSE(line.empty());
    for (const char c : line) CHECK_FALSE((c >= 'A' && c <= 'Z'));
  }
}

}  // namespace
}  // namespace flywheel
