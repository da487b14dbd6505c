#include "analyzers/bad_cases.h"

#include <catch2/catch.hpp>
#include <string>

namespace flywheel {
namespace {

Question MakeQuestion(const std::string& id, int answer) {
  return {.question_id = id,
          .question_type_id = 4,
          .question = "where is the star ?",
          .choices = {"left", "right", "top", "bottom"},
          .answer = answer,
          .image = "scene:" + id,
          .group = id};
}

Answer MakeAnswer(const Question& question, int choice, std::vector<double> scores) {
  return {.question_id = question.question_id,
          .question_type_id = question.question_type_id,
          .group = question.group,
          .answer = question.answer,
          .choice = choice,
          .scores = std::move(scores)};
}

TEST_CASE("A bad case is a wrong answer with the option taken and the margin by which") {
  const Question first = MakeQuestion("a", 0);
  const Question second = MakeQuestion("b", 3);
  const Result<std::vector<BadCase>> bad_cases = FindBadCases(
      {first, second},
      {MakeAnswer(first, 0, {-0.5, -1, -2, -3}), MakeAnswer(second, 2, {-4, -3, -0.25, -1.5})});
  REQUIRE(bad_cases.ok());
  REQUIRE(bad_cases->size() == 1);
  CHECK(bad_cases->front() == BadCase{.question = second, .choice = 2, .margin = -1.25});
}

TEST_CASE("Answers that do not belong to the questions are refused with the first misfit") {
  const Question first = MakeQuestion("a", 0);
  const Question second = MakeQuestion("b", 3);
  const Answer good = MakeAnswer(first, 0, {0, -1, -2, -3});
  CHECK(FindBadCases({first, second}, {good}).status().message() ==
        "expected an answer to each of 2 questions, found 1");
  CHECK(FindBadCases({first, second}, {good, good}).status().message() ==
        "expected the answer to question 'b', found one to 'a'");
  Answer other_key = good;
  other_key.answer = 1;
  CHECK(FindBadCases({first}, {other_key}).status().message() ==
        "question 'a' has right choice 0, its answer says 1");
  Answer short_scores = good;
  short_scores.scores.pop_back();
  CHECK(FindBadCases({first}, {short_scores}).status().message() ==
        "question 'a' has 4 choices, its answer 3 scores");
  Answer beyond = good;
  beyond.choice = 4;
  CHECK(FindBadCases({first}, {beyond}).status().message() ==
        "answer to question 'a': choice 4 of 4");
}

}  // namespace
}  // namespace flywheel
