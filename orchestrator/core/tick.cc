#include "orchestrator/core/tick.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "orchestrator/core/admission.h"
#include "orchestrator/core/deadlines.h"
#include "orchestrator/core/gate.h"
#include "orchestrator/core/plan.h"
#include "orchestrator/core/retry.h"
#include "orchestrator/core/stopping.h"

namespace flywheel {
namespace {

std::string Short(const std::string& digest) { return digest.substr(0, 12); }

std::string Count(size_t n, std::string_view noun) {
  return fmt::format(FMT_COMPILE("{} {}{}"), n, noun, n == 1 ? "" : "s");
}

// What nobody saw running is not counted, or a daemon that was down would charge its own absence.
double SecondsSeen(const LoopState& state, const Attempt& attempt) {
  const auto worker = state.workers.find(attempt.worker);
  if (worker == state.workers.end()) return 0;
  return MsToSeconds(std::max<TimeMs>(0, worker->second.heard_ms - attempt.start_ms));
}

void LoseWhatIsGone(Draft& draft) {
  std::vector<Loss> lost;
  draft.agenda().ForEachRunning([&](const Agenda::Entry& entry) {
    for (const RunningAttemptView& running : entry.running) {
      const std::string reason = GoneReason(draft.state(), running, draft.now());
      if (reason.empty()) continue;
      lost.push_back({.attempt = running.task->attempt_id(*running.attempt),
                      .kind = ShouldStop(*running.campaign) ? FailureKind::kStopped
                                                            : FailureKind::kInfrastructure,
                      .reason = reason,
                      .exit = 0,
                      .seconds = SecondsSeen(draft.state(), *running.attempt)});
    }
  });
  for (const Loss& loss : lost) EmitFailure(draft, loss);
}

void End(Draft& draft, int64_t id, CampaignPhase phase, const std::string& why) {
  draft.Emit(id, why, CampaignEnded{phase});
}

std::string StartedWhy(const CampaignState& campaign, int32_t iteration, Stage stage,
                       size_t tasks) {
  std::string which = fmt::format("iteration {} of {}", iteration, campaign.spec->iterations);
  switch (stage) {
    case Stage::kPrepare:
      return "the data are read and checked before anything is spent";
    case Stage::kEvaluate:
      if (iteration == 1)
        return fmt::format("the base model is evaluated on {}", Count(tasks, "split"));
      return fmt::format("the model that iteration {} trained is evaluated on {}", iteration - 1,
                         Count(tasks, "split"));
    case Stage::kAnalyze:
      return fmt::format("{}: what the champion got wrong is weighed by question type", which);
    case Stage::kGenerate:
      return fmt::format("{}: training samples are made by these weights", which);
    case Stage::kTrain:
      return fmt::format(
          "{}: training starts from {}", which,
          campaign.spec->start == TrainStart::kBase ? "the base model" : "the champion");
  }
  return which;
}

std::vector<Shared<TaskSpec>> ToShared(std::vector<TaskSpec>& tasks) {
  return {std::move_iterator(tasks.begin()), std::move_iterator(tasks.end())};
}

void StartStage(Draft& draft, const CampaignState& campaign, int32_t iteration, Stage stage) {
  std::vector<TaskSpec> tasks = PlanStage(campaign, iteration, stage);
  std::string why = StartedWhy(campaign, iteration, stage, tasks.size());
  draft.Emit(campaign.id, std::move(why),
             StageStarted{.iteration = iteration, .stage = stage, .tasks = ToShared(tasks)});
}

void Judge(Draft& draft, const CampaignState& campaign, int32_t iteration) {
  GateVerdict verdict = DecideGate(campaign, iteration);
  const std::string& candidate = campaign.candidate;
  const std::string& champion = verdict.verdict == "rejected" ? campaign.champion : candidate;
  std::string why =
      fmt::format("iteration {}: model {} is {}: {}", iteration, Short(candidate),
                  verdict.verdict == "baseline" ? "the baseline" : verdict.verdict, verdict.reason);
  draft.Emit(campaign.id, std::move(why),
             GateDecided{.iteration = iteration,
                         .verdict = std::move(verdict),
                         .candidate = candidate,
                         .champion = champion});
}

// What the data that prepare found cannot be used for.
std::string Unusable(const CampaignState& campaign) {
  const std::vector<std::string> splits = Splits(campaign);
  const auto has = [&](std::string_view name) {
    return std::find(splits.begin(), splits.end(), name) != splits.end();
  };
  if (!has("steer")) return "prepare found no questions for the steer split";
  if (!has("gate") && campaign.spec->gate.policy != GatePolicy::kAlwaysPromote) {
    return "prepare found no questions for the gate split, which gate.policy MCNEMAR needs; "
           "ALWAYS_PROMOTE is the only policy without one";
  }
  return "";
}

// What comes after a stage that has ended.
void Next(Draft& draft, const CampaignState& campaign) {
  const Iteration& iteration = campaign.iterations.back();
  switch (iteration.stages.back().stage) {
    case Stage::kPrepare:
      if (const std::string why = Unusable(campaign); !why.empty()) {
        return End(draft, campaign.id, CampaignPhase::kFailed, why);
      }
      return StartStage(draft, campaign, 1, Stage::kEvaluate);
    case Stage::kEvaluate:
      if (!iteration.gate) return Judge(draft, campaign, iteration.number);
      if (const std::string why = StopReason(campaign, iteration.number); !why.empty()) {
        return End(draft, campaign.id, CampaignPhase::kSucceeded,
                   fmt::format("{}; the champion is model {} of iteration {}", why,
                               Short(campaign.champion), campaign.champion_iteration));
      }
      return StartStage(draft, campaign, iteration.number, Stage::kAnalyze);
    case Stage::kAnalyze:
      return StartStage(draft, campaign, iteration.number, Stage::kGenerate);
    case Stage::kGenerate:
      return StartStage(draft, campaign, iteration.number, Stage::kTrain);
    case Stage::kTrain:
      return StartStage(draft, campaign, iteration.number + 1, Stage::kEvaluate);
  }
}

bool AllSucceeded(const StageRun& run) {
  return std::all_of(run.tasks.begin(), run.tasks.end(),
                     [](const Task& task) { return task.state == TaskState::kSucceeded; });
}

bool AnyRunning(const CampaignState& campaign) {
  bool any = false;
  ForEachOpenTask(campaign, [&](const Task& task) { any = any || task.running() != nullptr; });
  return any;
}

// A running stage, all of whose tasks have succeeded.
void Complete(Draft& draft, const CampaignState& campaign) {
  const Iteration& iteration = campaign.iterations.back();
  const StageRun& run = iteration.stages.back();
  std::vector<TaskSpec> more = PlanMore(campaign, iteration.number, run.stage);
  if (more.empty()) {
    std::string why =
        fmt::format(FMT_COMPILE("iteration {}: {} is complete, {} done"), iteration.number,
                    StageName(run.stage), Count(run.tasks.size(), "task"));
    draft.Emit(campaign.id, std::move(why), StageEnded{iteration.number, run.stage});
  } else {
    draft.Emit(campaign.id, "every split is answered: the judge counts and compares",
               TasksAdded{iteration.number, run.stage, ToShared(more)});
  }
}

// One thought about one campaign. False when nothing follows.
bool Advance(Draft& draft, const CampaignState& campaign) {
  const int64_t id = campaign.id;
  if (IsFinal(campaign.phase)) return false;
  if (!campaign.quarantine.empty()) {
    End(draft, id, CampaignPhase::kFailed,
        "FAILED_INTERNAL: set aside, the other campaigns go on: " + campaign.quarantine);
    return true;
  }
  if (campaign.phase == CampaignPhase::kCancelling) {
    if (AnyRunning(campaign)) return false;
    End(draft, id, CampaignPhase::kCancelled, "cancelled, nothing of it runs any more");
    return true;
  }
  if (!campaign.doom.empty()) {
    if (AnyRunning(campaign)) return false;
    End(draft, id, CampaignPhase::kFailed, campaign.doom);
    return true;
  }
  if (campaign.phase == CampaignPhase::kPaused || !campaign.reruns.empty()) return false;
  if (campaign.iterations.empty()) {
    StartStage(draft, campaign, 0, Stage::kPrepare);
    return true;
  }
  const StageRun& run = campaign.iterations.back()->stages.back();
  if (run.end_ms) {
    Next(draft, campaign);
    return true;
  }
  if (!AllSucceeded(run)) return false;
  Complete(draft, campaign);
  return true;
}

void Start(Draft& draft, const Placement& placement) {
  const CampaignState& campaign = *draft.state().Find(placement.task.campaign);
  const Task& task = *campaign.FindTask(placement.task);
  const AttemptId attempt{placement.task, static_cast<int32_t>(task.attempts.size()) + 1};
  std::string why = fmt::format(FMT_COMPILE("{} ({}) starts on {}"), ToString(attempt),
                                task.spec->kind, placement.worker);
  draft.Emit(campaign.id, std::move(why),
             AttemptStarted{.attempt = attempt,
                            .worker = placement.worker,
                            .fencing_token = draft.state().last_fencing_token + 1});
}

}  // namespace

void EmitFailure(Draft& draft, const Loss& loss) {
  const CampaignState& campaign = *draft.state().Find(loss.attempt.task.campaign);
  const Task& task = *campaign.FindTask(loss.attempt.task);
  // Whatever happens to an attempt of a campaign that is ending, it is the last one.
  const bool last = IsEnding(campaign);
  const Retry retry = last ? Retry{.at_ms = {}, .why = "not tried again: the campaign is ending"}
                           : DecideRetry(campaign, task, loss.kind, draft.now());
  std::string why =
      fmt::format("{} failed: {}; {}", ToString(loss.attempt), loss.reason, retry.why);
  draft.Emit(campaign.id, std::move(why),
             AttemptFailed{.attempt = loss.attempt,
                           .kind = loss.kind,
                           .reason = loss.reason,
                           .exit = loss.exit,
                           .retry_ms = retry.at_ms,
                           .seconds = loss.seconds});
}

void DecideTick(Draft& draft) {
  LoseWhatIsGone(draft);
  for (const int64_t id : draft.TakeUnsettled()) {
    while (Advance(draft, *draft.state().Find(id))) {
    }
  }
  for (const Placement& placement : Admit(draft.state(), draft.agenda(), draft.now())) {
    Start(draft, placement);
  }
}

}  // namespace flywheel
