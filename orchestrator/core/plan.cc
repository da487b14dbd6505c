#include "orchestrator/core/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rng.h"

namespace flywheel {
namespace {

using nlohmann::json;

// As prepare counted them; 0 for a split that it did not make.
int32_t QuestionsOf(const CampaignState& campaign, std::string_view split) {
  const StageRun* run = campaign.iterations.front()->Find(Stage::kPrepare);
  const TaskResult* result = run == nullptr ? nullptr : run->ResultOf("prepare");
  if (result == nullptr || !result->prepare) return 0;
  for (const SplitSize& size : result->prepare->splits) {
    if (size.split == split) return size.questions;
  }
  return 0;
}

struct Planner {
  const CampaignState& campaign;
  int32_t iteration;
  Stage stage;

  // `index` is the task's number in the stage.
  TaskSpec Make(std::string kind, int32_t index) const {
    const StagePolicy& policy = campaign.spec->stages.Of(stage);
    TaskSpec spec;
    spec.kind = std::move(kind);
    spec.seed = DeriveSeed(campaign.spec->seed,
                           fmt::format("i{}/{}/t{}", iteration, StageName(stage), index));
    spec.resources = policy.resources;
    spec.limits = policy.limits;
    return spec;
  }

  void Add(TaskSpec& spec, std::string name, const std::string& artifact) const {
    spec.inputs.push_back(
        {.name = std::move(name), .digest = campaign.Artifact(artifact), .path = {}});
  }

  std::string Of(int32_t number, std::string_view name) const {
    return fmt::format("i{}/{}", number, name);
  }

  std::vector<TaskSpec> Prepare() const {
    TaskSpec spec = Make("prepare", 0);
    const bool test = campaign.spec->gate.policy == GatePolicy::kMcNemar;
    spec.parameters = {
        {"data_root", campaign.spec->data_root},
        {"data", campaign.spec->data},
        {"model", campaign.spec->model},
        {"gate",
         {{"policy", test ? "MCNEMAR" : "ALWAYS_PROMOTE"}, {"alpha", campaign.spec->gate.alpha}}},
        {"iterations", campaign.spec->iterations}};
    return {std::move(spec)};
  }

  // The largest split first, so that workers that share the stage end it at about the same time.
  std::vector<TaskSpec> Score() const {
    std::vector<TaskSpec> specs;
    std::vector<std::string> splits = Splits(campaign);
    std::stable_sort(splits.begin(), splits.end(), [&](const auto& a, const auto& b) {
      return QuestionsOf(campaign, a) > QuestionsOf(campaign, b);
    });
    for (const std::string& split : splits) {
      TaskSpec spec = Make("score", static_cast<int32_t>(specs.size()));
      spec.inputs.push_back({.name = "model", .digest = campaign.candidate, .path = {}});
      Add(spec, "questions", "i0/prepare/" + split);
      spec.parameters = {{"split", split},
                         {"scoring", campaign.spec->scoring},
                         {"batch_size", campaign.spec->batch_size},
                         {"image_root", campaign.spec->data_root}};
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  std::vector<TaskSpec> Judge(int32_t index) const {
    TaskSpec spec = Make("judge", index);
    const std::vector<std::string> splits = Splits(campaign);
    for (const std::string& split : splits) {
      Add(spec, "answers_" + split, Of(iteration, "evaluate/answers_" + split));
    }
    const bool gated = std::find(splits.begin(), splits.end(), "gate") != splits.end();
    if (gated && campaign.champion_iteration > 0) {
      Add(spec, "champion_gate", Of(campaign.champion_iteration, "evaluate/answers_gate"));
    }
    spec.parameters = {{"scoring", campaign.spec->scoring}};
    return {std::move(spec)};
  }

  std::vector<TaskSpec> Analyze() const {
    TaskSpec spec = Make("analyze", 0);
    Add(spec, "questions", "i0/prepare/steer");
    Add(spec, "answers", Of(campaign.champion_iteration, "evaluate/answers_steer"));
    spec.parameters = {{"weights", campaign.spec->weights}};
    return {std::move(spec)};
  }

  // Whether the gate rejected the model that was trained on what this iteration made.
  bool WasRejected(int32_t number) const {
    const auto next = static_cast<size_t>(number) + 1;
    return next < campaign.iterations.size() && campaign.iterations[next]->gate &&
           campaign.iterations[next]->gate->verdict.verdict == "rejected";
  }

  std::vector<TaskSpec> Generate() const {
    TaskSpec spec = Make("generate", 0);
    Add(spec, "bank", "i0/prepare/bank");
    Add(spec, "fingerprints", "i0/prepare/fingerprints");
    Add(spec, "analysis", Of(iteration, "analyze/analysis"));
    Add(spec, "bad_cases", Of(iteration, "analyze/bad_cases"));
    Add(spec, "base_model", "i0/prepare/model");
    for (int32_t earlier = 1; earlier < iteration; ++earlier) {
      Add(spec, fmt::format("{}dataset_i{}", WasRejected(earlier) ? "rejected_" : "", earlier),
          Of(earlier, "generate/dataset"));
    }
    const bool base = campaign.spec->start == TrainStart::kBase;
    spec.parameters = {
        {"iteration", iteration},
        {"generate", campaign.spec->generate},
        {"start", base ? "BASE" : "CHAMPION"},
        {"image_root", campaign.spec->data_root},
        {"evaluation", campaign.Artifact(Of(campaign.champion_iteration, "evaluate/evaluation"))}};
    return {std::move(spec)};
  }

  std::vector<TaskSpec> Train() const {
    TaskSpec spec = Make("train", 0);
    const bool base = campaign.spec->start == TrainStart::kBase;
    spec.inputs.push_back(
        {.name = "model", .digest = base ? campaign.base_model : campaign.champion, .path = {}});
    Add(spec, "training_set", Of(iteration, "generate/training_set"));
    spec.parameters = {{"train", campaign.spec->train}, {"image_root", campaign.spec->data_root}};
    return {std::move(spec)};
  }
};

bool Has(const TaskResult& result, std::string_view output) {
  return std::any_of(result.outputs.begin(), result.outputs.end(), [&](const TaskOutput& found) {
    return found.name == output && !found.digest.empty();
  });
}

std::vector<std::string_view> RequiredOutputs(std::string_view kind) {
  if (kind == "prepare") return {"model", "steer", "bank", "fingerprints"};
  if (kind == "score") return {"answers"};
  if (kind == "judge") return {"evaluation"};
  if (kind == "analyze") return {"analysis", "bad_cases"};
  if (kind == "generate") return {"dataset", "training_set"};
  if (kind == "train") return {"model"};
  return {};
}

}  // namespace

std::vector<TaskSpec> PlanStage(const CampaignState& campaign, int32_t iteration, Stage stage) {
  const Planner planner{campaign, iteration, stage};
  switch (stage) {
    case Stage::kPrepare:
      return planner.Prepare();
    case Stage::kEvaluate:
      return planner.Score();
    case Stage::kAnalyze:
      return planner.Analyze();
    case Stage::kGenerate:
      return planner.Generate();
    case Stage::kTrain:
      return planner.Train();
  }
  return {};
}

std::vector<TaskSpec> PlanMore(const CampaignState& campaign, int32_t iteration, Stage stage) {
  if (stage != Stage::kEvaluate) return {};
  const StageRun* run = campaign.iterations[static_cast<size_t>(iteration)]->Find(stage);
  if (run == nullptr || run->ResultOf("judge") != nullptr) return {};
  return Planner{campaign, iteration, stage}.Judge(static_cast<int32_t>(run->tasks.size()));
}

std::vector<std::string> Splits(const CampaignState& campaign) {
  const StageRun* prepare =
      campaign.iterations.empty() ? nullptr : campaign.iterations.front()->Find(Stage::kPrepare);
  const TaskResult* result = prepare == nullptr ? nullptr : prepare->ResultOf("prepare");
  if (result == nullptr || !result->prepare) return {};
  std::vector<std::string> splits;
  for (const char* name : {"steer", "gate", "sealed"}) {
    if (!Has(*result, name)) continue;
    bool empty = false;
    for (const SplitSize& size : result->prepare->splits) {
      empty = empty || (size.split == name && size.questions == 0);
    }
    if (!empty) splits.emplace_back(name);
  }
  return splits;
}

std::string LacksOf(const TaskSpec& task, const TaskResult& result) {
  for (const std::string_view output : RequiredOutputs(task.kind)) {
    if (!Has(result, output)) return fmt::format("output \"{}\"", output);
  }
  if (task.kind == "prepare" && !result.prepare) return "prepare summary";
  if (task.kind == "judge" && !result.evaluation) return "evaluation summary";
  if (task.kind == "analyze" && !result.analysis) return "analysis summary";
  if (task.kind == "generate" && !result.generation) return "generation summary";
  if (task.kind == "train" && !result.training) return "training summary";
  return "";
}

}  // namespace flywheel
