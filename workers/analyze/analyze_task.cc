#include "workers/analyze/analyze_task.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "analyzers/accuracy.h"
#include "analyzers/bad_cases.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "base/io/summary_codec.h"

namespace flywheel {
namespace {

using nlohmann::json;

// The keys of protobuf's map<int32, double> are strings in JSON.
Result<std::map<int32_t, double>> ManualFromJson(const json& value, const std::string& where) {
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("{}: expected an object from type to weight, found {}",
                                       where, value.type_name()));
  }
  std::map<int32_t, double> manual;
  for (const auto& [name, weight] : value.items()) {
    int32_t type = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), type);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    if (!whole || type < kFirstImageType || type > kLastImageType) {
      return InvalidArgument(fmt::format("{}: expected a question type from {} to {}, found '{}'",
                                         where, kFirstImageType, kLastImageType, name));
    }
    if (!weight.is_number()) {
      return InvalidArgument(
          fmt::format("{}[{}]: expected a number, found {}", where, type, weight.dump()));
    }
    manual[type] = weight.get<double>();
  }
  return manual;
}

std::string BadCaseLine(const BadCase& bad_case) {
  json line = ToJson(bad_case.question);
  line["choice"] = bad_case.choice;
  line["margin"] = bad_case.margin;
  return CanonicalJson(line) + "\n";
}

Status CheckTypes(const std::vector<Question>& questions, const std::vector<Answer>& answers) {
  for (size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].question_type_id != answers[i].question_type_id) {
      return InvalidArgument(fmt::format("question '{}' is of type {}, its answer says {}",
                                         questions[i].question_id, questions[i].question_type_id,
                                         answers[i].question_type_id));
    }
  }
  return OkStatus();
}

}  // namespace

Result<WeightPolicy> WeightPolicyFromJson(const json& value, const std::string& where) {
  WeightPolicy policy;
  std::string kind;
  json manual = json::object();
  JsonObjectReader reader(value, where);
  reader.Required("kind", &kind);
  reader.Optional("power", &policy.power);
  reader.Optional("floor", &policy.floor);
  reader.Optional("cap", &policy.cap);
  reader.Optional("manual", &manual);
  if (kind == "POWER") {
    policy.kind = WeightPolicy::Kind::kPower;
  } else if (kind == "UNIFORM") {
    policy.kind = WeightPolicy::Kind::kUniform;
  } else if (kind == "MANUAL") {
    policy.kind = WeightPolicy::Kind::kManual;
  } else {
    reader.Fail("kind", fmt::format("expected POWER, UNIFORM or MANUAL, found '{}'", kind));
  }
  FW_TRY(reader.Finish());
  FW_ASSIGN(policy.manual, ManualFromJson(manual, where + ".manual"));
  FW_TRY(CheckPolicy(policy).WithContext(where));
  return policy;
}

Result<TaskResult> RunAnalyze(TaskContext& context) {
  json weights;
  JsonObjectReader reader(context.spec().parameters, "parameters");
  reader.Required("weights", &weights);
  FW_TRY(reader.Finish());
  FW_ASSIGN(const WeightPolicy policy, WeightPolicyFromJson(weights, "parameters.weights"));

  FW_ASSIGN(const std::string steer_path, context.InputPath("questions"));
  FW_ASSIGN(const std::string answers_path, context.InputPath("answers"));
  FW_ASSIGN(const std::vector<Question> questions, ReadQuestions(steer_path + "/questions.jsonl"));
  FW_ASSIGN(const std::vector<Answer> answers, ReadAnswers(answers_path));
  Result<std::vector<BadCase>> bad_cases = FindBadCases(questions, answers);
  FW_TRY(bad_cases.status().WithContext("steer split"));
  FW_TRY(CheckTypes(questions, answers).WithContext("steer split"));
  FW_ASSIGN(AnalysisSummary summary, ComputeWeights(policy, MeasureSplit("steer", answers)));

  std::string lines;
  for (const BadCase& bad_case : *bad_cases) lines += BadCaseLine(bad_case);
  FW_TRY(WriteFile(context.OutputPath("bad_cases"), lines));
  FW_TRY(WriteFile(context.OutputPath("analysis"), CanonicalJson(ToJson(summary)) + "\n"));
  TaskResult result;
  result.outputs = {{.name = "analysis", .digest = ""}, {.name = "bad_cases", .digest = ""}};
  result.metrics["bad_cases"] = static_cast<double>(bad_cases->size());
  result.analysis = std::move(summary);
  return result;
}

}  // namespace flywheel
