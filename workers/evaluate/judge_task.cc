#include "workers/evaluate/judge_task.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzers/accuracy.h"
#include "analyzers/paired.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "base/io/summary_codec.h"

namespace flywheel {
namespace {

constexpr std::string_view kOutput = "evaluation";

Result<std::string> ReadScoring(const nlohmann::json& parameters) {
  std::string scoring;
  JsonObjectReader reader(parameters, "parameters");
  reader.Required("scoring", &scoring);
  if (scoring != "mean" && scoring != "sum") {
    reader.Fail("scoring", fmt::format("expected \"mean\" or \"sum\", found \"{}\"", scoring));
  }
  FW_TRY(reader.Finish());
  return scoring;
}

Result<std::vector<Answer>> ReadAnswersOf(const TaskContext& context, std::string_view input) {
  FW_ASSIGN(const std::string path, context.InputPath(input));
  FW_ASSIGN(std::vector<Answer> answers, ReadAnswers(path));
  if (answers.empty())
    return InvalidArgument(fmt::format("{}: expected answers, found none", input));
  return answers;
}

// Remembers which split answered a question, and refuses the second.
class SeenQuestions {
 public:
  Status Add(std::string_view split, const std::vector<Answer>& answers) {
    for (const Answer& answer : answers) {
      const auto [seen, fresh] = split_of_.emplace(answer.question_id, split);
      if (fresh) continue;
      return InvalidArgument(fmt::format("question '{}' was answered in split {} and again in {}",
                                         answer.question_id, seen->second, split));
    }
    return OkStatus();
  }

 private:
  std::map<std::string, std::string, std::less<>> split_of_;
};

}  // namespace

Result<TaskResult> RunJudge(TaskContext& context) {
  EvaluationSummary summary;
  FW_ASSIGN(summary.scoring, ReadScoring(context.spec().parameters));
  SeenQuestions seen;
  for (const std::string_view split : {"steer", "gate", "sealed"}) {
    const std::string input = fmt::format("answers_{}", split);
    if (split != "steer" && !context.HasInput(input)) continue;
    FW_ASSIGN(const std::vector<Answer> answers, ReadAnswersOf(context, input));
    FW_TRY(seen.Add(split, answers));
    summary.splits.push_back(MeasureSplit(std::string(split), answers));
    if (split == "gate" && context.HasInput("champion_gate")) {
      FW_ASSIGN(const std::vector<Answer> champion, ReadAnswersOf(context, "champion_gate"));
      Result<PairedTest> test = PairAnswers(champion, answers);
      FW_TRY(test.status().WithContext("gate split"));
      summary.gate = *test;
    }
  }
  FW_TRY(WriteFile(context.OutputPath(kOutput), CanonicalJson(ToJson(summary)) + "\n"));
  TaskResult result;
  result.outputs = {{.name = std::string(kOutput), .digest = ""}};
  result.evaluation = std::move(summary);
  return result;
}

}  // namespace flywheel
