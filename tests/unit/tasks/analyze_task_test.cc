#include "workers/analyze/analyze_task.h"

#include <catch2/catch.hpp>

#include "analyzers/weights.h"
#include "base/io/summary_codec.h"
#include "tests/unit/tasks/answers.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

// Two questions of each type: types 1 to 4 right twice, 5 to 7 once, 8 and 9 never.
constexpr const char* kPattern = "+++++++--++++-----";

json Power(double power) { return {{"weights", {{"kind", "POWER"}, {"power", power}}}}; }

void AddInputs(TemporaryTask& task, const std::string& pattern) {
  task.AddToFolder("questions", "questions.jsonl", QuestionLines(MakeQuestions("s", pattern)));
  task.AddFile("answers", AnswerLines(MakeAnswers("s", pattern)));
}

std::string ErrorOf(TemporaryTask& task) {
  const Result<TaskResult> result = task.Run(&RunAnalyze);
  CHECK(result.status().code() == StatusCode::kInvalidArgument);
  return result.status().message();
}

TEST_CASE("Analysis weighs the types and lists every bad case with its margin") {
  TemporaryTask task("analyze", Power(1));
  AddInputs(task, kPattern);
  const TaskResult result = task.MustRun(&RunAnalyze);
  REQUIRE(result.analysis.has_value());
  const AnalysisSummary& analysis = *result.analysis;
  CHECK(analysis.policy == "power 1");
  REQUIRE(analysis.weights.size() == 9);
  CHECK(analysis.weights[0].weight == 0);
  CHECK(analysis.weights[5].weight == Approx(0.5 / 3.5));
  CHECK(analysis.weights[8].weight == Approx(1 / 3.5));
  CHECK(analysis.weights[8].bad_cases == 2);

  AnalysisSummary written;
  REQUIRE(ReadSummaryJson(json::parse(task.Output("analysis")), "analysis", &written).ok());
  CHECK(written == analysis);

  const std::vector<json> bad_cases = ParseLines(task.Output("bad_cases"));
  REQUIRE(bad_cases.size() == 7);
  CHECK(bad_cases[0]["question_id"] == "s7");
  CHECK(bad_cases[0]["question_type_id"] == 8);
  CHECK(bad_cases[0]["answer"] == 3);
  CHECK(bad_cases[0]["choice"] == 0);
  CHECK(bad_cases[0]["margin"] == -0.5);
  CHECK(bad_cases[0]["choices"].size() == 4);
}

TEST_CASE("A model without bad cases has weights under a uniform policy and an empty list") {
  TemporaryTask task("analyze", {{"weights", {{"kind", "UNIFORM"}}}});
  AddInputs(task, "+++++++++");
  const TaskResult result = task.MustRun(&RunAnalyze);
  CHECK(result.analysis->weights[3].weight == Approx(1.0 / 9));
  CHECK(task.Output("bad_cases").empty());
}

TEST_CASE("Weights that are all zero fail the analysis with what to do") {
  TemporaryTask task("analyze", Power(1.5));
  AddInputs(task, "+++++++++");
  CHECK(ErrorOf(task) ==
        "all weights are zero: all 9 steer questions were answered right, so policy 'power 1.5' "
        "has nothing to aim at; set weights.floor or take kind UNIFORM");
}

TEST_CASE("Manual weights come from a map of types") {
  TemporaryTask task("analyze",
                     {{"weights", {{"kind", "MANUAL"}, {"manual", {{"9", 3}, {"2", 1}}}}}});
  AddInputs(task, kPattern);
  const TaskResult result = task.MustRun(&RunAnalyze);
  CHECK(result.analysis->weights[1].weight == 0.25);
  CHECK(result.analysis->weights[8].weight == 0.75);
}

TEST_CASE("A policy that cannot be read is refused with its place") {
  const auto error = [](const json& weights) {
    TemporaryTask task("analyze", {{"weights", weights}});
    AddInputs(task, kPattern);
    return ErrorOf(task);
  };
  CHECK(error({{"kind", "POWERFUL"}}) ==
        "parameters.weights.kind: expected POWER, UNIFORM or MANUAL, found 'POWERFUL'");
  CHECK(error({{"kind", "POWER"}, {"power", "much"}}) ==
        "parameters.weights.power: expected a number, found \"much\"");
  CHECK(error({{"kind", "POWER"}, {"exponent", 2}}) ==
        "parameters.weights.exponent: unknown member");
  CHECK(error({{"kind", "MANUAL"}, {"manual", {{"10", 1}}}}) ==
        "parameters.weights.manual: expected a question type from 1 to 9, found '10'");
  CHECK(error({{"kind", "MANUAL"}, {"manual", {{"3", 0}}}}) ==
        "parameters.weights: manual: expected a positive weight, found only zeros");
}

TEST_CASE("Bad questions are refused with file, line and what was expected") {
  const auto error = [](const std::string& name, const json& value) {
    TemporaryTask task("analyze", Power(1));
    std::vector<json> lines = ParseLines(QuestionLines(MakeQuestions("s", "+-")));
    if (value.is_null()) {
      lines[1].erase(name);
    } else {
      lines[1][name] = value;
    }
    task.AddToFolder("questions", "questions.jsonl", lines[0].dump() + "\n" + lines[1].dump());
    task.AddFile("answers", AnswerLines(MakeAnswers("s", "+-")));
    const std::string message = ErrorOf(task);
    const std::string place = task.root() + "/inputs/questions/questions.jsonl:2: ";
    REQUIRE(message.starts_with(place));
    return message.substr(place.size());
  };
  CHECK(error("answer", nullptr) == "question.answer: is missing");
  CHECK(error("answer", 4) == "question 's1': answer 4, expected 0 to 3");
  CHECK(error("choices", {"red"}) == "question 's1': 1 choices, expected at least 2");
  CHECK(error("choices", {"red", "", "blue"}) == "question 's1': choices[1] is empty");
  CHECK(error("question_type_id", 10) == "question 's1': question_type_id 10, expected 1 to 9");
}

TEST_CASE("Answers of another split are refused") {
  TemporaryTask task("analyze", Power(1));
  task.AddToFolder("questions", "questions.jsonl", QuestionLines(MakeQuestions("s", "+-")));
  task.AddFile("answers", AnswerLines(MakeAnswers("g", "+-")));
  CHECK(ErrorOf(task) == "steer split: expected the answer to question 's0', found one to 'g0'");
}

TEST_CASE("Analyzing twice gives the same bytes") {
  TemporaryTask first("analyze", Power(1.5), 1);
  TemporaryTask second("analyze", Power(1.5), 1);
  for (TemporaryTask* task : {&first, &second}) {
    AddInputs(*task, kPattern);
    task->MustRun(&RunAnalyze);
  }
  CHECK(first.Outputs() == second.Outputs());
}

}  // namespace
}  // namespace flywheel
