#include "workers/evaluate/judge_task.h"

#include <catch2/catch.hpp>

#include "analyzers/accuracy.h"
#include "base/io/summary_codec.h"
#include "tests/unit/tasks/answers.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

void Add(TemporaryTask& task, const std::string& input, const std::string& prefix,
         const std::string& pattern) {
  task.AddFile(input, AnswerLines(MakeAnswers(prefix, pattern)));
}

std::string ErrorOf(TemporaryTask& task) {
  const Result<TaskResult> result = task.Run(&RunJudge);
  CHECK(result.status().code() == StatusCode::kInvalidArgument);
  return result.status().message();
}

TEST_CASE("The judge measures each split and pairs the gate split with the champion's") {
  TemporaryTask task("judge", {{"scoring", "mean"}});
  Add(task, "answers_steer", "s", "++--");
  Add(task, "answers_gate", "g", "+++++-");
  Add(task, "answers_sealed", "x", "+-");
  Add(task, "champion_gate", "g", "++----");
  const TaskResult result = task.MustRun(&RunJudge);
  REQUIRE(result.evaluation.has_value());
  const EvaluationSummary& evaluation = *result.evaluation;
  CHECK(evaluation.scoring == "mean");
  REQUIRE(evaluation.splits.size() == 3);
  CHECK(evaluation.splits[0] == MeasureSplit("steer", MakeAnswers("s", "++--")));
  CHECK(evaluation.splits[1].split == "gate");
  CHECK(evaluation.splits[1].total.correct == 5);
  CHECK(evaluation.splits[2].split == "sealed");
  REQUIRE(evaluation.gate.has_value());
  CHECK(*evaluation.gate == PairedTest{.n = 6, .fixed = 3, .broken = 0, .p_value = 0.125});

  EvaluationSummary written;
  const auto json = nlohmann::json::parse(task.Output("evaluation"));
  REQUIRE(ReadSummaryJson(json, "evaluation", &written).ok());
  CHECK(written == evaluation);
}

TEST_CASE("The first model has no champion to be paired with") {
  TemporaryTask task("judge", {{"scoring", "sum"}});
  Add(task, "answers_steer", "s", "+");
  Add(task, "answers_gate", "g", "+");
  Add(task, "answers_sealed", "x", "-");
  const TaskResult result = task.MustRun(&RunJudge);
  CHECK(result.evaluation->scoring == "sum");
  CHECK_FALSE(result.evaluation->gate.has_value());
}

TEST_CASE("Without a gate split the judge measures the two that are there") {
  TemporaryTask task("judge", {{"scoring", "mean"}});
  Add(task, "answers_steer", "s", "+");
  Add(task, "answers_sealed", "x", "-");
  const TaskResult result = task.MustRun(&RunJudge);
  REQUIRE(result.evaluation->splits.size() == 2);
  CHECK(result.evaluation->splits[1].split == "sealed");
}

TEST_CASE("A question on two splits is refused") {
  TemporaryTask task("judge", {{"scoring", "mean"}});
  Add(task, "answers_steer", "s", "++");
  Add(task, "answers_sealed", "s", "+");
  CHECK(ErrorOf(task) == "question 's0' was answered in split steer and again in sealed");
}

TEST_CASE("A champion that answered other gate questions is refused") {
  TemporaryTask task("judge", {{"scoring", "mean"}});
  Add(task, "answers_steer", "s", "++");
  Add(task, "answers_gate", "g", "++");
  Add(task, "champion_gate", "g", "+++");
  CHECK(ErrorOf(task) == "gate split: the champion answered question 'g2', the candidate did not");
}

TEST_CASE("Answers that are missing or damaged are refused with file and line") {
  TemporaryTask empty("judge", {{"scoring", "mean"}});
  empty.AddFile("answers_steer", "");
  CHECK(ErrorOf(empty) == "answers_steer: expected answers, found none");
  TemporaryTask absent("judge", {{"scoring", "mean"}});
  CHECK_FALSE(absent.Run(&RunJudge).ok());
  TemporaryTask damaged("judge", {{"scoring", "mean"}});
  damaged.AddFile("answers_steer", AnswerLines(MakeAnswers("s", "+")) + "{\"question_id\":\"s1\"}");
  CHECK(ErrorOf(damaged) ==
        damaged.root() + "/inputs/answers_steer:2: answer.question_type_id: is missing");
}

TEST_CASE("Parameters that the judge does not know are refused") {
  TemporaryTask unknown("judge", {{"scoring", "mean"}, {"colour", 1}});
  CHECK(ErrorOf(unknown) == "parameters.colour: unknown member");
  TemporaryTask scoring("judge", {{"scoring", "best"}});
  CHECK(ErrorOf(scoring) == "parameters.scoring: expected \"mean\" or \"sum\", found \"best\"");
}

TEST_CASE("Judging twice gives the same bytes") {
  TemporaryTask first("judge", {{"scoring", "mean"}});
  TemporaryTask second("judge", {{"scoring", "mean"}});
  for (TemporaryTask* task : {&first, &second}) {
    Add(*task, "answers_steer", "s", "+-+-+-+-+-+");
    Add(*task, "answers_gate", "g", "+--+");
    Add(*task, "champion_gate", "g", "++-+");
    task->MustRun(&RunJudge);
  }
  CHECK(first.Outputs() == second.Outputs());
}

}  // namespace
}  // namespace flywheel
