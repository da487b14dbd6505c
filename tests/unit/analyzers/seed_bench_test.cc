#include "analyzers/seed_bench.h"

#include <catch2/catch.hpp>
#include <functional>

namespace flywheel {
namespace {

using nlohmann::json;

json File() {
  return {{"question_type", {{"Scene Understanding", 1}, {"Instance Attributes", 3}}},
          {"questions",
           {{{"answer", "C"},
             {"choice_a", "One"},
             {"choice_b", "Two"},
             {"choice_c", "Three"},
             {"choice_d", 4},
             {"data_id", "1454426_2591111986"},
             {"data_type", "image"},
             {"question", "How many towels are in the image?"},
             {"question_id", "101669"},
             {"question_type_id", 5}},
            {{"answer", "A"},
             {"choice_a", "Red"},
             {"choice_b", "Blue"},
             {"choice_c", "Green"},
             {"choice_d", "Grey"},
             {"data_id", nullptr},
             {"data_type", "image"},
             {"question", "Which colour is the door?"},
             {"question_id", 104933},
             {"question_type_id", "3"}},
            {{"data_type", "video"}, {"question_id", "v1738"}, {"question_type_id", 11}}}}};
}

std::string Refusal(const std::function<void(json&)>& change) {
  json file = File();
  change(file);
  const auto bench = ReadSeedBench(file, "q.json");
  REQUIRE_FALSE(bench.ok());
  return bench.status().message();
}

TEST_CASE("SEED-Bench's questions are read, ids as numbers or text, and videos are counted") {
  const auto bench = ReadSeedBench(File(), "q.json");
  INFO(bench.status().message());
  REQUIRE(bench.ok());
  CHECK(bench->videos == 1);
  REQUIRE(bench->questions.size() == 2);
  CHECK(bench->questions[0] == Question{"101669",
                                        5,
                                        "How many towels are in the image?",
                                        {"One", "Two", "Three", "4"},
                                        2,
                                        "1454426_2591111986",
                                        ""});
  CHECK(bench->questions[1].question_id == "104933");
  CHECK(bench->questions[1].question_type_id == 3);
  CHECK(bench->questions[1].image.empty());
}

TEST_CASE("a wrong record of SEED-Bench is named with its place and what was expected") {
  const auto at = [](json& file, const char* name) -> json& { return file["questions"][0][name]; };
  CHECK(Refusal([&](json& f) { f["questions"][0].erase("answer"); }) ==
        "q.json: questions[0] (id 101669): answer: expected A, B, C or D, found nothing");
  CHECK(Refusal([&](json& f) { at(f, "answer") = "E"; }) ==
        "q.json: questions[0] (id 101669): answer: expected A, B, C or D, found \"E\"");
  CHECK(Refusal([&](json& f) { f["questions"][0].erase("choice_c"); }) ==
        "q.json: questions[0] (id 101669): choice_c: expected a text, found nothing");
  CHECK(Refusal([&](json& f) { at(f, "choice_b") = "One"; }) ==
        "q.json: questions[0] (id 101669): choice_b: 'One' is an option before it too");
  CHECK(Refusal([&](json& f) { at(f, "question_type_id") = 13; }) ==
        "q.json: questions[0] (id 101669): question_type_id: expected a type from 1 to 12, found "
        "13");
  CHECK(Refusal([&](json& f) { at(f, "question_type_id") = "5x"; }) ==
        "q.json: questions[0] (id 101669): question_type_id: expected a type from 1 to 12, found "
        "\"5x\"");
  CHECK(Refusal([&](json& f) { at(f, "question") = ""; }) ==
        "q.json: questions[0] (id 101669): question: expected a text, found \"\"");
  CHECK(Refusal([&](json& f) { f["questions"][0].erase("question_id"); }) ==
        "q.json: questions[0]: question_id: expected an id, found nothing");
  CHECK(Refusal([&](json& f) { at(f, "data_id") = json::array(); }) ==
        "q.json: questions[0] (id 101669): data_id: expected the name of a picture, found []");
  CHECK(Refusal([&](json& f) { at(f, "question_id") = 104933; }) ==
        "q.json: questions[1] (id 104933): question_id: comes twice");
  CHECK(Refusal([](json& f) { f = json::array(); }) ==
        "q.json: expected an object with the array \"questions\"");
  CHECK(Refusal([](json& f) { f["questions"] = {1}; }) ==
        "q.json: questions[0]: question_type_id: expected a type from 1 to 12, found nothing");
}

TEST_CASE("a version of SEED-Bench with other type numbers is refused") {
  CHECK(Refusal([](json& f) { f["question_type"]["Instance Attributes"] = 4; }) ==
        "q.json: question_type: 'Instance Attributes' has number 4, expected 3: a version of "
        "SEED-Bench with other type numbers; take the current one");
}

}  // namespace
}  // namespace flywheel
