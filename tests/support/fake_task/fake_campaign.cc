#include "tests/support/fake_task/fake_campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/digest.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "base/io/summary_codec.h"
#include "base/rng.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr int kDefaultQuestions = 90;
constexpr int kChoices = 4;
// Four types at chance, the others better: something for the loop to find.
constexpr std::array<double, 9> kBaseSkill = {0.95, 0.9, 0.85, 0.25, 0.25, 0.25, 0.6, 0.25, 0.7};
// How much of what is missing one iteration of full weight makes good.
constexpr double kLearn = 0.9;

int FieldOr(const json& object, const char* name, int otherwise) {
  const json value = object.value(name, json());
  return value.is_number() ? value.get<int>() : otherwise;
}

std::string InputPath(const TaskDir& dir, std::string_view name) {
  return dir.root() + "/" + TaskDir::RelativeInput(name);
}

bool HasInput(const TaskSpec& spec, std::string_view name) {
  return std::any_of(spec.inputs.begin(), spec.inputs.end(),
                     [&](const TaskInput& input) { return input.name == name; });
}

Status WriteIn(const std::string& folder, const std::string& file, const std::string& text) {
  FW_TRY(MakeDirectories(folder));
  return WriteFile(folder + "/" + file, text);
}

Accuracy MakeAccuracy(int32_t n, int32_t correct) {
  Accuracy accuracy = {n, correct, 0, 0, 0};
  if (n == 0) return accuracy;
  const double p = static_cast<double>(correct) / n, z = 1.959963984540054;
  const double scale = 1 + z * z / n, middle = (p + z * z / (2.0 * n)) / scale;
  const double half = z / scale * std::sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
  accuracy.accuracy = p;
  accuracy.low = std::max(0.0, middle - half);
  accuracy.high = std::min(1.0, middle + half);
  return accuracy;
}

// At least `fixed` heads of fixed + broken fair coins.
double BinomialTail(int fixed, int broken) {
  const int n = fixed + broken;
  double tail = 0;
  for (int k = fixed; k <= n; ++k) {
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
                     n * std::log(2.0));
  }
  return std::min(1.0, tail);
}

std::vector<Question> MakeQuestions(const std::string& split, int count, Rng& rng) {
  std::vector<Question> questions;
  for (int i = 0; i < count; ++i) {
    Question question;
    question.question_id = fmt::format("{}-{}", split, i);
    question.question_type_id = kFirstImageType + i % kLastImageType;
    question.question = fmt::format("what is {}?", i);
    for (int choice = 0; choice < kChoices; ++choice) {
      question.choices.push_back(fmt::format("answer {}", choice));
    }
    question.answer = static_cast<int>(rng.Below(kChoices));
    question.image = "scene:" + Sha256Hex(question.question_id);
    question.group = question.image;
    questions.push_back(std::move(question));
  }
  return questions;
}

Status WriteModel(const std::string& folder, const std::vector<double>& skill) {
  return WriteIn(folder, "skill.json", json(skill).dump());
}

Result<std::vector<double>> ReadModel(const TaskDir& dir) {
  FW_ASSIGN(const json value, ReadJsonFile(InputPath(dir, "model") + "/skill.json"));
  return value.get<std::vector<double>>();
}

Result<TaskResult> Prepare(const TaskSpec& spec, const TaskDir& dir) {
  Rng rng(spec.seed);
  const json world = spec.parameters.value("data", json::object()).value("world", json::object());
  const bool gated =
      spec.parameters.value("gate", json::object()).value("policy", "") != "ALWAYS_PROMOTE";
  TaskResult result;
  PrepareSummary summary;
  FW_TRY(WriteModel(dir.output("model"), {kBaseSkill.begin(), kBaseSkill.end()}));
  for (const std::string split : {"steer", "gate", "sealed"}) {
    int count = FieldOr(world, (split + "_questions").c_str(), kDefaultQuestions);
    if (split == "gate" && !gated) count = 0;
    if (count == 0 && split == "gate") continue;
    const std::vector<Question> questions = MakeQuestions(split, count, rng);
    FW_TRY(MakeDirectories(dir.output(split)));
    FW_TRY(WriteQuestions(dir.output(split) + "/questions.jsonl", questions));
    summary.splits.push_back({split, count, count});
    result.outputs.push_back({split, "", 0});
  }
  summary.bank_images = FieldOr(world, "bank_scenes", 100);
  FW_TRY(WriteIn(dir.output("bank"), "scene_graphs.jsonl",
                 fmt::format("{{\"seed\":{}}}\n", rng.Next())));
  FW_TRY(WriteFile(dir.output("fingerprints"), Sha256Hex(std::to_string(rng.Next())) + "\n"));
  for (const char* name : {"model", "bank", "fingerprints"})
    result.outputs.push_back({name, "", 0});
  result.prepare = summary;
  return result;
}

// Whether a model answers a question right depends on its skill and on the question alone, so that
// a better model keeps what it knew.
Result<TaskResult> Score(const TaskSpec&, const TaskDir& dir) {
  FW_ASSIGN(const std::vector<double> skill, ReadModel(dir));
  FW_ASSIGN(const auto questions, ReadQuestions(InputPath(dir, "questions") + "/questions.jsonl"));
  std::vector<Answer> answers;
  for (const Question& question : questions) {
    Rng rng(DeriveSeed(0, question.question_id));
    const bool right = rng.Unit() < skill[static_cast<size_t>(question.question_type_id - 1)];
    const int choices = static_cast<int>(question.choices.size());
    Answer answer = {
        question.question_id, question.question_type_id, question.group, question.answer, 0, {}};
    answer.choice = right ? question.answer : (question.answer + 1) % choices;
    answer.scores.assign(question.choices.size(), -2);
    answer.scores[static_cast<size_t>(answer.choice)] = -0.5;
    answers.push_back(std::move(answer));
  }
  FW_TRY(WriteAnswers(dir.output("answers"), answers));
  TaskResult result;
  result.outputs = {{"answers", "", 0}};
  result.metrics = {{"questions_per_second", 1000}};
  return result;
}

SplitAccuracy CountSplit(const std::string& split, const std::vector<Answer>& answers) {
  std::map<int, std::pair<int, int>> by_type;  // n, correct
  int correct = 0;
  for (const Answer& answer : answers) {
    auto& [n, right] = by_type[answer.question_type_id];
    ++n;
    right += answer.correct() ? 1 : 0;
    correct += answer.correct() ? 1 : 0;
  }
  SplitAccuracy counted;
  counted.split = split;
  counted.total = MakeAccuracy(static_cast<int>(answers.size()), correct);
  for (const auto& [type, counts] : by_type) {
    const Accuracy a = MakeAccuracy(counts.first, counts.second);
    counted.by_type.push_back(
        {type, QuestionTypeName(type), a.n, a.correct, a.accuracy, a.low, a.high});
  }
  return counted;
}

Result<TaskResult> Judge(const TaskSpec& spec, const TaskDir& dir) {
  EvaluationSummary summary;
  summary.scoring = spec.parameters.value("scoring", "mean");
  for (const std::string split : {"steer", "gate", "sealed"}) {
    if (!HasInput(spec, "answers_" + split)) continue;
    FW_ASSIGN(const auto answers, ReadAnswers(InputPath(dir, "answers_" + split)));
    summary.splits.push_back(CountSplit(split, answers));
  }
  if (HasInput(spec, "champion_gate")) {
    FW_ASSIGN(const auto candidate, ReadAnswers(InputPath(dir, "answers_gate")));
    FW_ASSIGN(const auto champion, ReadAnswers(InputPath(dir, "champion_gate")));
    PairedTest test = {static_cast<int>(candidate.size()), 0, 0, 1};
    for (size_t i = 0; i < candidate.size(); ++i) {
      test.fixed += candidate[i].correct() && !champion[i].correct() ? 1 : 0;
      test.broken += !candidate[i].correct() && champion[i].correct() ? 1 : 0;
    }
    test.p_value = BinomialTail(test.fixed, test.broken);
    summary.gate = test;
  }
  FW_TRY(WriteFile(dir.output("evaluation"), CanonicalJson(ToJson(summary))));
  TaskResult result;
  result.outputs = {{"evaluation", "", 0}};
  result.evaluation = summary;
  return result;
}

Result<TaskResult> Analyze(const TaskSpec& spec, const TaskDir& dir) {
  FW_ASSIGN(const auto answers, ReadAnswers(InputPath(dir, "answers")));
  const SplitAccuracy counted = CountSplit("steer", answers);
  const bool uniform =
      spec.parameters.value("weights", json::object()).value("kind", "") == "UNIFORM";
  AnalysisSummary summary;
  summary.policy = uniform ? "uniform" : "power 1.5";
  double total = 0;
  for (const TypeAccuracy& type : counted.by_type) {
    const double weight = uniform ? 1 : std::pow(1 - type.accuracy, 1.5) + 1e-6;
    total += weight;
    summary.weights.push_back(
        {type.type, type.name, type.n, type.accuracy, weight, type.n - type.correct});
  }
  for (TypeWeight& weight : summary.weights) weight.weight /= total;
  std::string bad_cases;
  for (const Answer& answer : answers) {
    if (!answer.correct()) bad_cases += CanonicalJson(ToJson(answer)) + "\n";
  }
  FW_TRY(WriteFile(dir.output("analysis"), CanonicalJson(ToJson(summary))));
  FW_TRY(WriteFile(dir.output("bad_cases"), bad_cases));
  TaskResult result;
  result.outputs = {{"analysis", "", 0}, {"bad_cases", "", 0}};
  result.analysis = summary;
  return result;
}

Result<TaskResult> Generate(const TaskSpec& spec, const TaskDir& dir) {
  FW_ASSIGN(const json value, ReadJsonFile(InputPath(dir, "analysis")));
  AnalysisSummary analysis;
  FW_TRY(ReadSummaryJson(value, "analysis", &analysis));
  const json settings = spec.parameters.value("generate", json::object());
  const int images = FieldOr(settings, "images", 100);
  const int samples = images * FieldOr(settings, "questions_per_image", 4);
  GenerationSummary summary;
  summary.images = images;
  summary.replay_images = images / 3;
  json counts = json::object();
  for (const TypeWeight& weight : analysis.weights) {
    const int quota = static_cast<int>(std::floor(weight.weight * samples));
    summary.by_type.push_back({weight.type, weight.name, quota, quota});
    summary.samples += quota;
    counts[std::to_string(weight.type)] = weight.weight;
  }
  summary.dropped = {{"duplicate question", static_cast<int>(spec.seed % 7)}};
  const std::string rows = counts.dump() + "\n";
  FW_TRY(WriteIn(dir.output("dataset"), "samples.jsonl", rows));
  FW_TRY(WriteIn(dir.output("training_set"), "rows.jsonl", rows));
  TaskResult result;
  result.outputs = {{"dataset", "", 0}, {"training_set", "", 0}};
  result.generation = summary;
  return result;
}

Result<TaskResult> Train(const TaskSpec&, const TaskDir& dir) {
  FW_ASSIGN(std::vector<double> skill, ReadModel(dir));
  FW_ASSIGN(const json weights, ReadJsonFile(InputPath(dir, "training_set") + "/rows.jsonl"));
  for (size_t type = 0; type < skill.size(); ++type) {
    const double weight = weights.value(std::to_string(type + 1), 0.0);
    skill[type] += (1 - skill[type]) * kLearn * std::min(1.0, 4 * weight);
  }
  FW_TRY(WriteModel(dir.output("model"), skill));
  FW_TRY(WriteFile(dir.output("loss"), "{\"learning_rate\":0.001,\"loss\":2.0,\"step\":1}\n"));
  TaskResult result;
  result.outputs = {{"model", "", 0}, {"loss", "", 0}};
  result.metrics = {{"images_per_second", 250}};
  result.training = TrainingSummary{.steps = 10, .images = 160, .first_loss = 2, .last_loss = 0.5};
  return result;
}

}  // namespace

Result<TaskResult> DoFakeWork(const TaskSpec& spec, const TaskDir& dir) {
  const std::map<std::string, Result<TaskResult> (*)(const TaskSpec&, const TaskDir&)> kinds = {
      {"prepare", &Prepare}, {"score", &Score},       {"judge", &Judge},
      {"analyze", &Analyze}, {"generate", &Generate}, {"train", &Train}};
  const auto kind = kinds.find(spec.kind);
  if (kind == kinds.end()) {
    return FailedPrecondition(fmt::format("task kind '{}': fake_task does not know it", spec.kind));
  }
  return kind->second(spec, dir);
}

}  // namespace flywheel::testing
