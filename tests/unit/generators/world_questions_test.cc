#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "generators/questions/question_maker.h"
#include "generators/world/scene_sampler.h"
#include "oracle.h"

namespace flywheel {
namespace {

constexpr uint64_t kSeed = 20240;

std::vector<SceneGraph> Scenes(int count) {
  std::set<std::string> taken;
  return world::SampleScenes(kSeed, count, {}, taken);
}

TEST_CASE("every answer is right and every other option wrong, judged from the words alone") {
  const QuestionMaker maker;
  std::map<std::string, int> families;
  Rng rng(kSeed);
  for (const SceneGraph& scene : Scenes(400)) {
    for (int type = 1; type <= 9; ++type) {
      std::set<std::string> asked;
      for (int i = 0; i < 3; ++i) {
        const auto made = maker.Make(scene, type, rng, asked);
        if (!made) break;
        asked.insert(made->key);
        ++families[made->family];
        INFO("seed " << kSeed << ", "
                     << world::SceneCaption(scene, world::CaptionDetail::kEverything) << ": "
                     << made->question);
        REQUIRE(made->type == type);
        REQUIRE(made->choices.size() == kChoices);
        for (int choice = 0; choice < kChoices; ++choice) {
          INFO("option " << made->choices[static_cast<size_t>(choice)]);
          const auto right =
              oracle::IsRight(scene, made->question, made->choices[static_cast<size_t>(choice)]);
          REQUIRE(right.has_value());
          REQUIRE(*right == (choice == made->answer));
        }
      }
    }
  }
  // place, daylight; present shape, shape of colour; colour, description; location; three counts;
  // direction; action, action object; belonging, habit, most common colour, remaining; sign.
  CHECK(families.size() == 18);
  for (const auto& [family, count] : families) {
    INFO(family);
    CHECK(count > 20);
  }
}

TEST_CASE("options of a question are all different") {
  const QuestionMaker maker;
  Rng rng(kSeed);
  for (const SceneGraph& scene : Scenes(200)) {
    for (const int type : maker.TypesOf(scene)) {
      const auto made = maker.Make(scene, type, rng, {});
      REQUIRE(made);
      const std::set<std::string> different(made->choices.begin(), made->choices.end());
      REQUIRE(different.size() == kChoices);
    }
  }
}

TEST_CASE("a type is listed exactly when a question of it can be made") {
  const QuestionMaker maker;
  for (const SceneGraph& scene : Scenes(200)) {
    const std::vector<int> types = maker.TypesOf(scene);
    for (int type = 1; type <= 9; ++type) {
      Rng rng(kSeed);
      const bool listed = std::find(types.begin(), types.end(), type) != types.end();
      REQUIRE(listed == maker.Make(scene, type, rng, {}).has_value());
    }
  }
}

TEST_CASE("the same seed makes the same question and another seed others") {
  const QuestionMaker maker;
  const std::vector<SceneGraph> scenes = Scenes(50);
  int different = 0;
  for (const SceneGraph& scene : scenes) {
    Rng one(7), same(7), other(8);
    const auto made = maker.Make(scene, 4, one, {});
    CHECK(made == maker.Make(scene, 4, same, {}));
    different += made != maker.Make(scene, 4, other, {}) ? 1 : 0;
  }
  CHECK(different > 10);
}

TEST_CASE("nothing is asked twice of a scene, whatever the phrasing") {
  const QuestionMaker maker;
  Rng rng(kSeed);
  for (const SceneGraph& scene : Scenes(30)) {
    std::set<std::string> asked;
    std::set<std::string> words;
    while (const auto made = maker.Make(scene, 4, rng, asked)) {
      REQUIRE(asked.insert(made->key).second);
      REQUIRE(words.insert(made->question).second);
    }
    CHECK(asked.size() == maker.CandidatesOf(scene, 4).size());
  }
}

TEST_CASE("a family is asked in two to four phrasings") {
  const QuestionMaker maker;
  for (const SceneGraph& scene : Scenes(50)) {
    for (int type = 1; type <= 9; ++type) {
      for (const Candidate& one : maker.CandidatesOf(scene, type)) {
        INFO(one.family);
        CHECK(one.phrasings.size() >= 2);
        CHECK(one.phrasings.size() <= 4);
      }
    }
  }
}

TEST_CASE("no place of the answer is preferred") {
  const QuestionMaker maker;
  Rng rng(kSeed);
  std::map<int, int> positions;
  for (const SceneGraph& scene : Scenes(2000)) ++positions[maker.Make(scene, 5, rng, {})->answer];
  for (int i = 0; i < kChoices; ++i) {
    CHECK(positions[i] > 400);
    CHECK(positions[i] < 600);
  }
}

TEST_CASE("the answer's place among four consecutive numbers does not give it away") {
  const QuestionMaker maker;
  Rng rng(kSeed);
  std::map<int, int> ranks;
  const std::vector<std::string> numbers = {"zero", "one",   "two",   "three", "four", "five",
                                            "six",  "seven", "eight", "nine",  "ten"};
  const auto value = [&](const std::string& word) {
    return std::find(numbers.begin(), numbers.end(), word) - numbers.begin();
  };
  for (const SceneGraph& scene : Scenes(2000)) {
    const auto made = maker.Make(scene, 5, rng, {});
    if (value(made->direct_answer()) < 3) continue;  // runs stop at zero
    int rank = 0;
    for (const std::string& choice : made->choices) {
      rank += value(choice) < value(made->direct_answer()) ? 1 : 0;
    }
    ++ranks[rank];
  }
  const int total = ranks[0] + ranks[1] + ranks[2] + ranks[3];
  for (int i = 0; i < kChoices; ++i) CHECK(ranks[i] > total / 6);
}

TEST_CASE("moving the answer keeps question and options") {
  const QuestionMaker maker;
  Rng rng(kSeed);
  const SceneGraph scene = Scenes(1).front();
  const MadeQuestion made = *maker.Make(scene, 1, rng, {});
  for (int position = 0; position < kChoices; ++position) {
    MadeQuestion moved = made;
    MoveAnswer(moved, position);
    CHECK(moved.answer == position);
    CHECK(moved.direct_answer() == made.direct_answer());
    CHECK(std::is_permutation(moved.choices.begin(), moved.choices.end(), made.choices.begin()));
  }
}

}  // namespace
}  // namespace flywheel
