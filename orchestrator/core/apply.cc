#include "orchestrator/core/apply.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace flywheel {
namespace {

// An event can only name the next iteration or one that exists; anything else is a journal with
// holes, whose campaign is quarantined.
Iteration* IterationAt(CampaignState& campaign, int32_t number) {
  if (number < 0 || static_cast<size_t>(number) > campaign.iterations.size()) return nullptr;
  if (static_cast<size_t>(number) == campaign.iterations.size()) {
    campaign.iterations.push_back(Iteration{.number = number, .model = campaign.candidate});
  }
  return &campaign.iterations[static_cast<size_t>(number)].Edit();
}

StageRun* StageAt(CampaignState& campaign, int32_t number, Stage stage) {
  if (number < 0 || static_cast<size_t>(number) >= campaign.iterations.size()) return nullptr;
  for (StageRun& run : campaign.iterations[static_cast<size_t>(number)].Edit().stages) {
    if (run.stage == stage) return &run;
  }
  return nullptr;
}

// The task to change, or null.
Task* TaskAt(CampaignState& campaign, const TaskId& id) {
  if (campaign.FindTask(id) == nullptr) return nullptr;
  StageRun* run = StageAt(campaign, id.iteration, id.stage);
  return &run->tasks[static_cast<size_t>(id.task)].Edit();
}

// The task whose running attempt an event is about, or null when that does not run.
Task* TaskRunning(CampaignState& campaign, const AttemptId& id) {
  const Task* task = campaign.FindTask(id.task);
  const Attempt* running = task == nullptr ? nullptr : task->running();
  if (running == nullptr || running->number != id.attempt) return nullptr;
  return TaskAt(campaign, id.task);
}

double Served(const CampaignState& campaign) {
  return campaign.task_seconds + campaign.served_before;
}

// Where a campaign starts to be served that waited, or was not there, while others were served.
double FairStart(const LoopState& state, int64_t campaign) {
  std::optional<double> least;
  for (const auto& [id, other] : state.campaigns) {
    if (id == campaign || IsFinal(other->phase) || other->phase == CampaignPhase::kPaused) continue;
    least = std::min(least.value_or(Served(*other)), Served(*other));
  }
  return least.value_or(0);
}

// "train/model"; the scores of the splits are told apart by the split they answer.
std::string ArtifactName(const Task& task, const TaskOutput& output) {
  std::string name = fmt::format(FMT_COMPILE("i{}/{}/{}"), task.id.iteration,
                                 StageName(task.id.stage), output.name);
  if (task.spec->kind != "score") return name;
  const auto split = task.spec->parameters.find("split");
  if (split != task.spec->parameters.end() && split->is_string()) {
    name += '_';
    name += split->get_ref<const std::string&>();
  }
  return name;
}

struct Applier {
  LoopState& state;
  CampaignState& campaign;
  const Event& event;

  void operator()(const CampaignCreated& created) {
    campaign.spec = created.spec;
    campaign.request_id = created.request_id;
    campaign.request_digest = created.request_digest;
    campaign.create_ms = event.time_ms;
    campaign.served_before = FairStart(state, campaign.id);
    if (!created.request_id.empty()) state.requests.Edit()[created.request_id] = campaign.id;
  }

  void operator()(const CampaignPaused& paused) {
    campaign.phase = CampaignPhase::kPaused;
    campaign.reason = event.why;
    campaign.paused_now = paused.now;
    if (paused.now) campaign.stop_ms = event.time_ms;
  }

  void operator()(const CampaignResumed&) {
    campaign.phase = CampaignPhase::kRunning;
    campaign.reason.clear();
    campaign.paused_now = false;
    campaign.served_before =
        std::max(campaign.served_before, FairStart(state, campaign.id) - campaign.task_seconds);
  }

  void operator()(const CampaignCancelRequested&) {
    campaign.phase = CampaignPhase::kCancelling;
    campaign.reason = event.why;
    campaign.stop_ms = event.time_ms;
  }

  void operator()(const CampaignEnded& ended) {
    campaign.phase = ended.phase;
    campaign.reason = event.why;
    campaign.end_ms = event.time_ms;
  }

  // CampaignOf's callers hold the campaign: Apply takes it out of the state afterwards.
  void operator()(const CampaignDeleted&) {}

  void operator()(const StageStarted& started) {
    Iteration* iteration = IterationAt(campaign, started.iteration);
    if (iteration == nullptr || iteration->Find(started.stage) != nullptr) return;
    iteration->stages.push_back({.stage = started.stage, .start_ms = event.time_ms});
    AddTasks(iteration->stages.back(), started.iteration, started.tasks);
  }

  void operator()(const TasksAdded& added) {
    StageRun* run = StageAt(campaign, added.iteration, added.stage);
    if (run != nullptr) AddTasks(*run, added.iteration, added.tasks);
  }

  void operator()(const StageEnded& ended) {
    StageRun* run = StageAt(campaign, ended.iteration, ended.stage);
    if (run != nullptr) run->end_ms = event.time_ms;
  }

  void operator()(const AttemptStarted& started) {
    state.last_fencing_token = std::max(state.last_fencing_token, started.fencing_token);
    const Task* known = campaign.FindTask(started.attempt.task);
    if (known == nullptr || known->running() != nullptr) return;
    Task* task = TaskAt(campaign, started.attempt.task);
    task->state = TaskState::kRunning;
    task->attempts.push_back({.number = started.attempt.attempt,
                              .worker = started.worker,
                              .fencing_token = started.fencing_token,
                              .start_ms = event.time_ms});
    const auto worker = state.workers.find(started.worker);
    if (worker == state.workers.end()) return;
    worker->second.holding[started.attempt] = {.fencing_token = started.fencing_token,
                                               .reported_ms = event.time_ms,
                                               .reported = false,
                                               .progress = {}};
  }

  void operator()(const AttemptSucceeded& succeeded) {
    Task* found = TaskRunning(campaign, succeeded.attempt);
    if (found == nullptr) return;
    Task& task = *found;
    task.attempts.back().state = AttemptState::kSucceeded;
    End(task.attempts.back(), succeeded.seconds);
    task.state = TaskState::kSucceeded;
    // What a task makes again was recorded when it made it first.
    if (std::erase(campaign.reruns, task.id) > 0) return;
    task.result = succeeded.result;
    for (const TaskOutput& output : succeeded.result->outputs) {
      campaign.artifacts.push_back(
          ArtifactRef{ArtifactName(task, output), output.digest, output.size});
      const bool model = task.spec->kind == "prepare" || task.spec->kind == "train";
      if (model && output.name == "model") campaign.candidate = output.digest;
    }
    if (task.spec->kind == "prepare") campaign.base_model = campaign.candidate;
    if (succeeded.result->generation) campaign.samples += succeeded.result->generation->samples;
  }

  void operator()(const AttemptFailed& failed) {
    Task* task = TaskRunning(campaign, failed.attempt);
    if (task == nullptr) return;
    Attempt& attempt = task->attempts.back();
    attempt.state = AttemptState::kFailed;
    attempt.failure = failed.kind;
    attempt.reason = failed.reason;
    attempt.exit = failed.exit;
    End(attempt, failed.seconds);
    task->state = failed.retry_ms ? TaskState::kWaiting : TaskState::kFailed;
    task->not_before_ms = failed.retry_ms.value_or(0);
    if (failed.retry_ms || failed.kind == FailureKind::kStopped || !campaign.doom.empty()) return;
    campaign.doom = fmt::format("{} failed for good: {}", ToString(failed.attempt), failed.reason);
    campaign.stop_ms = std::max(campaign.stop_ms, event.time_ms);
  }

  void operator()(const TaskRerun& rerun) {
    const Task* known = campaign.FindTask(rerun.task);
    if (known == nullptr || known->state != TaskState::kSucceeded) return;
    Task& task = *TaskAt(campaign, rerun.task);
    task.state = TaskState::kWaiting;
    task.not_before_ms = 0;
    const auto place = std::lower_bound(campaign.reruns.begin(), campaign.reruns.end(), rerun.task);
    campaign.reruns.insert(place, rerun.task);
  }

  void operator()(const GateDecided& decided) {
    campaign.champion = decided.champion;
    if (decided.verdict.verdict == "rejected") {
      ++campaign.rejections;
    } else {
      campaign.rejections = 0;
      campaign.champion_iteration = decided.iteration;
    }
    if (Iteration* iteration = IterationAt(campaign, decided.iteration)) iteration->gate = decided;
  }

  void AddTasks(StageRun& run, int32_t iteration, const std::vector<Shared<TaskSpec>>& specs) {
    for (const Shared<TaskSpec>& spec : specs) {
      run.tasks.push_back(
          Task{.id = {campaign.id, iteration, run.stage, static_cast<int32_t>(run.tasks.size())},
               .spec = spec,
               .planned_ms = event.time_ms});
    }
  }

  void End(Attempt& attempt, double seconds) {
    attempt.end_ms = event.time_ms;
    attempt.seconds = seconds;
    campaign.task_seconds += seconds;
  }
};

// Numbers follow each other; one far ahead is no campaign's.
constexpr int64_t kFarthestCampaign = 1'000'000;

bool IsCampaign(const LoopState& state, int64_t id) {
  return id > 0 && id <= state.last_campaign + kFarthestCampaign;
}

CampaignState& CampaignOf(LoopState& state, int64_t id) {
  CampaignState& campaign = state.campaigns.Edit(id);
  campaign.id = id;
  state.last_campaign = std::max(state.last_campaign, id);
  return campaign;
}

// The request id is free again, but for another campaign's use of it.
void Forget(LoopState& state, int64_t id) {
  const std::string& request_id = state.Find(id)->request_id;
  const auto request = state.requests->find(request_id);
  if (request != state.requests->end() && request->second == id) {
    state.requests.Edit().erase(request_id);
  }
  state.campaigns.Erase(id);
}

}  // namespace

void Apply(LoopState& state, const Event& event) {
  state.last_seq = std::max(state.last_seq, event.seq);
  state.last_time_ms = std::max(state.last_time_ms, event.time_ms);
  if (!IsCampaign(state, event.campaign)) return;
  CampaignState& campaign = CampaignOf(state, event.campaign);
  campaign.last_seq = event.seq;
  std::visit(Applier{state, campaign, event}, event.kind);
  if (std::holds_alternative<CampaignDeleted>(event.kind)) Forget(state, event.campaign);
}

void ApplyUnreadable(LoopState& state, int64_t seq, int64_t campaign, const std::string& error) {
  state.last_seq = std::max(state.last_seq, seq);
  if (!IsCampaign(state, campaign)) return;
  CampaignState& unreadable = CampaignOf(state, campaign);
  unreadable.last_seq = seq;
  if (unreadable.quarantine.empty()) {
    unreadable.quarantine = fmt::format("event {} cannot be read: {}", seq, error);
  }
}

void RestoreCampaign(LoopState& state, CampaignState campaign) {
  const int64_t id = campaign.id;
  state.last_campaign = std::max(state.last_campaign, id);
  if (!campaign.request_id.empty()) state.requests.Edit()[campaign.request_id] = id;
  state.campaigns.Put(id, std::move(campaign));
}

}  // namespace flywheel
