// What must hold of every benchmark, and what people should know of this one.
#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>

#include "analyzers/wilson.h"
#include "base/io/record_codec.h"
#include "workers/prepare/prepared_data.h"

namespace flywheel {
namespace {

constexpr int kAssessableQuestions = 30;  // of a type in the gate split
constexpr double kWideInterval = 0.05;    // half a 95 % interval that deserves a warning

// Whole, asked once, and no image in two splits.
Status CheckQuestions(const PreparedData& data) {
  std::set<std::string> ids;
  std::unordered_map<std::string, size_t> split_of_image;
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    for (const Question& question : data.splits[i].questions) {
      FW_TRY(QuestionFromJson(ToJson(question))
                 .status()
                 .WithContext(fmt::format("split {}", kSplitNames[i])));
      if (question.image.empty()) {
        return InvalidArgument(fmt::format("split {}: question '{}' has no image", kSplitNames[i],
                                           question.question_id));
      }
      if (!ids.insert(question.question_id).second) {
        return InvalidArgument(fmt::format("split {}: question id '{}' occurs twice",
                                           kSplitNames[i], question.question_id));
      }
      const auto [seen, fresh] = split_of_image.emplace(question.image, i);
      if (!fresh && seen->second != i) {
        return InvalidArgument(fmt::format("image '{}' is in splits {} and {}", question.image,
                                           kSplitNames[seen->second], kSplitNames[i]));
      }
    }
  }
  for (const SceneGraph& scene : data.bank) {
    if (split_of_image.contains(scene.image)) {
      return InvalidArgument(
          fmt::format("image '{}' is in the benchmark and in the bank", scene.image));
    }
  }
  return OkStatus();
}

bool IsWanted(const PrepareParameters& parameters, size_t split) {
  if (const auto* world = std::get_if<WorldSource>(&parameters.source)) {
    return std::array{world->steer_questions, world->gate_questions,
                      world->sealed_questions}[split] > 0;
  }
  return parameters.shares[split] > 0;
}

Status CheckSizes(const PrepareParameters& parameters, const PreparedData& data) {
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    if (data.splits[i].questions.empty() && IsWanted(parameters, i)) {
      return InvalidArgument(
          fmt::format("split {} has no questions, expected at least 1: the "
                      "benchmark is too small for its shares",
                      kSplitNames[i]));
    }
  }
  if (data.bank.empty()) {
    return InvalidArgument("the bank has no images, expected at least 1 to make samples of");
  }
  return CheckGateSplit(parameters.gate, static_cast<int>(data.splits[1].questions.size()));
}

std::map<int, int> CountTypes(const std::vector<Question>& questions) {
  std::map<int, int> counts;
  for (const Question& question : questions) ++counts[question.question_type_id];
  return counts;
}

void WarnOfMissingTypes(PreparedData* data) {
  const std::map<int, int> steer = CountTypes(data->splits[0].questions);
  std::vector<std::string> missing;
  for (int type = kFirstImageType; type <= kLastImageType; ++type) {
    if (!steer.contains(type))
      missing.push_back(fmt::format("{} ({})", type, QuestionTypeName(type)));
  }
  if (missing.empty()) return;
  data->warnings.push_back(
      fmt::format("no steer question of type {}: this data cannot show whether the model is weak "
                  "there, and nothing is generated for it",
                  fmt::join(missing, ", ")));
}

void WarnOfGate(const GateNeeds& gate, PreparedData* data) {
  if (data->splits[1].questions.empty()) {
    data->warnings.emplace_back(
        "no gate split: every candidate becomes champion, whether it is better or not");
    return;
  }
  if (gate.always_promote) return;
  std::vector<std::string> small;
  for (const auto& [type, count] : CountTypes(data->splits[1].questions)) {
    if (count < kAssessableQuestions) {
      small.push_back(fmt::format("{} ({}): {}", type, QuestionTypeName(type), count));
    }
  }
  if (small.empty()) return;
  data->warnings.push_back(
      fmt::format("fewer than {} gate questions of type {}: too few to notice that a candidate is "
                  "worse there",
                  kAssessableQuestions, fmt::join(small, ", ")));
}

void WarnOfWideIntervals(PreparedData* data) {
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    const auto questions = static_cast<int32_t>(data->splits[i].questions.size());
    if (questions == 0) continue;
    const Accuracy even = WilsonAccuracy(questions / 2, questions);
    const double half = (even.high - even.low) / 2;
    if (half <= kWideInterval) continue;
    data->warnings.push_back(
        fmt::format("split {} has {} questions: an accuracy near one half is known to about {:.0f} "
                    "points either way (95 %)",
                    kSplitNames[i], questions, half * 100));
  }
}

}  // namespace

Status CheckPreparedData(const PrepareParameters& parameters, PreparedData* data) {
  FW_TRY(CheckQuestions(*data));
  FW_TRY(CheckSizes(parameters, *data));
  WarnOfMissingTypes(data);
  WarnOfGate(parameters.gate, data);
  WarnOfWideIntervals(data);
  return OkStatus();
}

}  // namespace flywheel
