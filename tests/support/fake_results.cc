#include "tests/support/fake_results.h"

#include <fmt/format.h>

#include "base/rng.h"

namespace flywheel {
namespace {

constexpr int32_t kQuestions = 100;

SplitAccuracy SplitOf(const std::string& split, double accuracy) {
  const int32_t correct = static_cast<int32_t>(accuracy * kQuestions);
  SplitAccuracy made;
  made.split = split;
  made.total = {kQuestions, correct, accuracy, accuracy - 0.05, accuracy + 0.05};
  made.by_type.push_back(
      {1, "Scene Understanding", kQuestions, correct, accuracy, accuracy - 0.05, accuracy + 0.05});
  return made;
}

bool HasInput(const TaskSpec& task, const std::string& name) {
  for (const TaskInput& input : task.inputs) {
    if (input.name == name) return true;
  }
  return false;
}

EvaluationSummary Judged(const TaskSpec& task, const FakeOutcome& outcome) {
  EvaluationSummary summary;
  summary.scoring = "mean";
  for (const std::string split : {"steer", "gate", "sealed"}) {
    if (HasInput(task, "answers_" + split)) {
      summary.splits.push_back(SplitOf(split, outcome.accuracy));
    }
  }
  if (HasInput(task, "champion_gate")) {
    summary.gate = PairedTest{kQuestions, 20, 5, outcome.p_value};
  }
  return summary;
}

PrepareSummary Prepared(const FakeOutcome& outcome) {
  PrepareSummary summary;
  for (const std::string& split : outcome.splits) {
    summary.splits.push_back({split, kQuestions, kQuestions});
  }
  summary.bank_images = 50;
  return summary;
}

void AddOutput(const TaskSpec& task, const FakeOutcome& outcome, const std::string& name,
               TaskResult& result) {
  if (outcome.lacks.contains(name)) return;
  result.outputs.push_back({name, FakeDigest(task, name), 1000});
}

}  // namespace

std::string FakeDigest(const TaskSpec& task, const std::string& output) {
  uint64_t seed = DeriveSeed(task.seed, task.kind + "/" + output);
  seed = DeriveSeed(seed, task.parameters.dump());
  for (const TaskInput& input : task.inputs) {
    seed = DeriveSeed(DeriveSeed(seed, input.name), input.digest);
  }
  std::string digest;
  for (uint64_t part = 0; part < 4; ++part)
    digest += fmt::format("{:016x}", DeriveSeed(seed, part));
  return digest;
}

TaskResult FakeResult(const TaskSpec& task, const FakeOutcome& outcome) {
  TaskResult result;
  if (task.kind == "prepare") {
    result.prepare = Prepared(outcome);
    for (const char* name : {"model", "bank", "fingerprints"})
      AddOutput(task, outcome, name, result);
    for (const std::string& split : outcome.splits) AddOutput(task, outcome, split, result);
  } else if (task.kind == "score") {
    AddOutput(task, outcome, "answers", result);
  } else if (task.kind == "judge") {
    result.evaluation = Judged(task, outcome);
    AddOutput(task, outcome, "evaluation", result);
  } else if (task.kind == "analyze") {
    result.analysis = AnalysisSummary{
        "power 1.5", {{1, "Scene Understanding", kQuestions, outcome.accuracy, 1.0, 50}}};
    AddOutput(task, outcome, "analysis", result);
    AddOutput(task, outcome, "bad_cases", result);
  } else if (task.kind == "generate") {
    result.generation = GenerationSummary{outcome.samples, outcome.samples / 4, 10, {}, {}};
    AddOutput(task, outcome, "dataset", result);
    AddOutput(task, outcome, "training_set", result);
  } else if (task.kind == "train") {
    result.training = TrainingSummary{10, 80, 2.0, 1.0};
    AddOutput(task, outcome, "model", result);
    AddOutput(task, outcome, "loss", result);
  }
  return result;
}

}  // namespace flywheel
