#include "orchestrator/core/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace flywheel {
namespace {

EvaluationReport Summarize(const EvaluationSummary& summary) {
  EvaluationReport report;
  const SplitAccuracy* types = nullptr;
  for (const SplitAccuracy& split : summary.splits) {
    if (split.split == "steer") report.steer = split.total;
    if (split.split == "gate") report.gate = split.total;
    if (split.split == "sealed") report.sealed = split.total;
    const bool better = split.split == "sealed" && split.total.n > 0;
    if (better || (split.split == "steer" && types == nullptr)) types = &split;
  }
  if (types != nullptr) report.by_type = types->by_type;
  return report;
}

const TaskResult* ResultOf(const Iteration& iteration, Stage stage, std::string_view kind) {
  const StageRun* run = iteration.Find(stage);
  return run == nullptr ? nullptr : run->ResultOf(kind);
}

std::optional<EvaluationReport> EvaluationOf(const Iteration& iteration) {
  const TaskResult* judged = ResultOf(iteration, Stage::kEvaluate, "judge");
  if (judged == nullptr || !judged->evaluation) return std::nullopt;
  return Summarize(*judged->evaluation);
}

double& SecondsOf(StageSeconds& seconds, Stage stage) {
  switch (stage) {
    case Stage::kPrepare:
      return seconds.prepare;
    case Stage::kEvaluate:
      return seconds.evaluate;
    case Stage::kAnalyze:
      return seconds.analyze;
    case Stage::kGenerate:
      return seconds.generate;
    case Stage::kTrain:
      break;
  }
  return seconds.train;
}

void AddSeconds(const Iteration& iteration, TimeMs end, StageSeconds& seconds) {
  for (const StageRun& run : iteration.stages) {
    SecondsOf(seconds, run.stage) += MsToSeconds(run.end_ms.value_or(end) - run.start_ms);
  }
}

IterationReport ReportIteration(const CampaignState& campaign, const Iteration& iteration,
                                TimeMs end) {
  IterationReport report;
  report.iteration = iteration.number;
  report.model = iteration.model;
  report.evaluation = EvaluationOf(iteration);
  if (iteration.gate) {
    report.gate = iteration.gate->verdict;
    report.champion = iteration.gate->champion;
  }
  // The champion's own evaluation is that of the last iteration which was not rejected.
  for (int32_t k = iteration.number; iteration.gate && k >= 1; --k) {
    const Iteration& earlier = campaign.iterations[static_cast<size_t>(k)];
    if (!earlier.gate || earlier.gate->verdict.verdict == "rejected") continue;
    report.champion_evaluation = EvaluationOf(earlier);
    break;
  }
  if (const TaskResult* result = ResultOf(iteration, Stage::kAnalyze, "analyze")) {
    if (result->analysis) report.weights = result->analysis->weights;
  }
  if (const TaskResult* result = ResultOf(iteration, Stage::kGenerate, "generate")) {
    report.generated = result->generation;
  }
  if (const TaskResult* result = ResultOf(iteration, Stage::kTrain, "train")) {
    report.training = result->training;
  }
  AddSeconds(iteration, end, report.seconds);
  return report;
}

// What of the campaign's time lies outside every task process, as the workers measured these.
double IdleSeconds(const CampaignState& campaign, TimeMs end) {
  std::vector<std::pair<double, double>> busy;
  ForEachTask(campaign, [&](const Task& task) {
    for (const Attempt& attempt : task.attempts) {
      const bool running = attempt.state == AttemptState::kRunning;
      const double to = MsToSeconds((running ? end : attempt.end_ms) - campaign.create_ms);
      const double from = running ? MsToSeconds(attempt.start_ms - campaign.create_ms)
                                  : std::max(0.0, to - attempt.seconds);
      busy.emplace_back(from, to);
    }
  });
  std::sort(busy.begin(), busy.end());
  double idle = 0;
  double reached = 0;
  for (const auto& [from, to] : busy) {
    idle += std::max(0.0, from - reached);
    reached = std::max(reached, to);
  }
  return idle + std::max(0.0, MsToSeconds(end - campaign.create_ms) - reached);
}

int32_t TrainingThreads(const CampaignState& campaign) {
  return std::max(1, campaign.spec->stages.Of(Stage::kTrain).resources.cpus);
}

void AddNotes(const CampaignState& campaign, CampaignReport& report) {
  if (report.prepare) {
    for (const std::string& warning : report.prepare->warnings) report.notes.push_back(warning);
    const bool gated = std::any_of(
        report.prepare->splits.begin(), report.prepare->splits.end(),
        [](const SplitSize& size) { return size.split == "gate" && size.questions > 0; });
    if (!gated) report.notes.emplace_back("there is no gate split: no promotion was tested");
  }
  if (campaign.spec->gate.policy == GatePolicy::kAlwaysPromote) {
    report.notes.emplace_back(
        "every candidate was promoted by policy; the champion is the last model, not the best");
  }
  report.notes.push_back(fmt::format(
      "the same spec with seed {} and {} training thread{} makes the same artifacts "
      "again on the same machine, digest for digest",
      campaign.spec->seed, TrainingThreads(campaign), TrainingThreads(campaign) == 1 ? "" : "s"));
  for (const IterationReport& iteration : report.iterations) {
    if (!iteration.gate || iteration.gate->verdict != "rejected" || iteration.iteration < 2)
      continue;
    report.notes.push_back(
        fmt::format("the model that iteration {} trained was rejected; the data made there stay "
                    "available for replay",
                    iteration.iteration - 1));
  }
}

std::string Waiting(const StageRun& run) {
  size_t running = 0;
  size_t waiting = 0;
  const Task* delayed = nullptr;
  for (const Task& task : run.tasks) {
    running += task.state == TaskState::kRunning ? 1 : 0;
    if (task.state != TaskState::kWaiting) continue;
    ++waiting;
    if (!task.attempts.empty()) delayed = &task;
  }
  if (running > 0) return fmt::format("{} of {} tasks running", running, run.tasks.size());
  if (delayed != nullptr) {
    return fmt::format("waits to try {} again: {}", ToString(delayed->id),
                       delayed->attempts.back().reason);
  }
  if (waiting > 0)
    return fmt::format("{} of {} tasks wait for a worker", waiting, run.tasks.size());
  return "";
}

}  // namespace

CampaignReport MakeReport(const CampaignState& campaign, TimeMs now) {
  const TimeMs end = IsFinal(campaign.phase) ? campaign.end_ms : std::max(now, campaign.create_ms);
  CampaignReport report;
  report.campaign = campaign.id;
  report.display_name = campaign.spec->display_name;
  report.state = campaign.phase;
  report.state_reason = campaign.reason;
  report.seed = campaign.spec->seed;
  report.champion = campaign.champion;
  report.artifacts = campaign.artifacts;
  report.total_seconds = MsToSeconds(end - campaign.create_ms);
  report.idle_seconds = IdleSeconds(campaign, end);
  for (const Iteration& iteration : campaign.iterations) {
    AddSeconds(iteration, end, report.seconds);
    if (iteration.number == 0) {
      const TaskResult* prepared = ResultOf(iteration, Stage::kPrepare, "prepare");
      if (prepared != nullptr) report.prepare = prepared->prepare;
      continue;
    }
    report.iterations.push_back(ReportIteration(campaign, iteration, end));
  }
  AddNotes(campaign, report);
  return report;
}

Whereabouts WhereIs(const CampaignState& campaign) {
  Whereabouts where;
  where.reason = campaign.reason;
  const Iteration* iteration = campaign.current();
  if (iteration == nullptr) return where;
  where.iteration = iteration->number;
  if (iteration->stages.empty()) return where;
  where.stage = StageName(iteration->stages.back().stage);
  if (where.reason.empty() && !campaign.reruns.empty()) {
    where.reason = fmt::format("{} runs again: what it made is damaged or gone",
                               ToString(campaign.reruns.front()));
  }
  if (where.reason.empty()) where.reason = Waiting(iteration->stages.back());
  return where;
}

}  // namespace flywheel
