// A campaign as its events made it: iterations, their stages, tasks and attempts, the champion and
// everything that was made. Plain values; changed by core/apply.h alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/event.h"
#include "orchestrator/core/shared.h"

namespace flywheel {

enum class AttemptState { kRunning, kSucceeded, kFailed };

struct Attempt {
  int32_t number = 1;
  AttemptState state = AttemptState::kRunning;
  std::string worker = {};
  int64_t fencing_token = 0;
  TimeMs start_ms = 0;
  TimeMs end_ms = 0;
  double seconds = 0;  // as the worker measured it
  // Of a failed attempt.
  FailureKind failure = FailureKind::kUnspecified;
  std::string reason = {};
  int32_t exit = 0;
  bool operator==(const Attempt&) const = default;
};

enum class TaskState {
  kWaiting,  // for a worker, or for `not_before_ms`
  kRunning,
  kSucceeded,
  kFailed,  // no further attempt
};

struct Task {
  TaskId id;
  Shared<TaskSpec> spec = {};
  TaskState state = TaskState::kWaiting;
  TimeMs not_before_ms = 0;
  TimeMs planned_ms = 0;
  std::vector<Attempt> attempts = {};
  std::optional<Shared<TaskResult>> result = {};

  // The running attempt, or null.
  const Attempt* running() const;
  AttemptId attempt_id(const Attempt& attempt) const { return {id, attempt.number}; }
  bool operator==(const Task&) const = default;
};

struct StageRun {
  Stage stage = Stage::kPrepare;
  TimeMs start_ms = 0;
  std::optional<TimeMs> end_ms = {};
  std::vector<Shared<Task>> tasks = {};

  // Null when no task of this kind succeeded.
  const TaskResult* ResultOf(std::string_view task_kind) const;
  bool operator==(const StageRun&) const = default;
};

struct Iteration {
  int32_t number = 0;  // 0 holds prepare alone
  std::string model;   // digest of the model that it evaluates
  std::vector<StageRun> stages = {};
  std::optional<GateDecided> gate = {};

  const StageRun* Find(Stage stage) const;
  bool operator==(const Iteration&) const = default;
};

// "i1/generate/dataset" and its digest.
struct ArtifactRef {
  std::string name;
  std::string digest;
  int64_t size = 0;
  bool operator==(const ArtifactRef&) const = default;
};

struct CampaignState {
  int64_t id = 0;
  Shared<CampaignSpec> spec;
  CampaignPhase phase = CampaignPhase::kRunning;
  // Why it is in this phase, for people.
  std::string reason;
  std::string request_id;
  std::string request_digest;
  TimeMs create_ms = 0;
  TimeMs end_ms = 0;
  TimeMs stop_ms = 0;       // when what runs was to be stopped: a cancel, a doom, a pause at once
  bool paused_now = false;  // by a pause that stops what runs
  int64_t last_seq = 0;
  std::vector<Shared<Iteration>> iterations;  // iterations[k]->number == k
  // Digests. The candidate is the model that the current iteration evaluates.
  std::string base_model;
  std::string candidate;
  std::string champion;
  int32_t champion_iteration = 0;  // the one whose evaluation is the champion's
  int32_t rejections = 0;          // in a row
  int64_t samples = 0;             // generated so far
  double task_seconds = 0;         // of attempts that ended
  // What a campaign that comes late or comes back is taken to have been served already, so that it
  // shares from then on and does not catch up.
  double served_before = 0;
  std::vector<Shared<ArtifactRef>> artifacts;  // in the order of making
  // Set when the journal holds something about this campaign that cannot be read.
  std::string quarantine;
  // Empty, or why it cannot go on: the first task that failed for good.
  std::string doom;
  // Tasks that run again because what they made is damaged, in the order of their stages. Nothing
  // else starts until they are done.
  std::vector<TaskId> reruns;

  const Iteration* current() const { return iterations.empty() ? nullptr : &*iterations.back(); }
  const Task* FindTask(const TaskId& id) const;
  // Digest of "i1/generate/dataset"; empty when there is none.
  std::string Artifact(std::string_view name) const;
  bool operator==(const CampaignState&) const = default;
};

// Changes whenever the campaign does.
std::string Etag(const CampaignState& campaign);

// The first task that made it, which comes before all that need it; null when none has.
const Task* MakerOf(const CampaignState& campaign, std::string_view digest);

// Calls `visit(const Task&)` for every task that may be waiting or running: those of the last stage
// and those that run again.
template <typename Visit>
void ForEachOpenTask(const CampaignState& campaign, Visit visit) {
  for (const TaskId& id : campaign.reruns) visit(*campaign.FindTask(id));
  if (campaign.iterations.empty() || campaign.iterations.back()->stages.empty()) return;
  for (const Task& task : campaign.iterations.back()->stages.back().tasks) {
    if (std::find(campaign.reruns.begin(), campaign.reruns.end(), task.id) == campaign.reruns.end())
      visit(task);
  }
}

// Calls `visit(const Task&)` for every task, oldest first.
template <typename Visit>
void ForEachTask(const CampaignState& campaign, Visit visit) {
  for (const Iteration& iteration : campaign.iterations)
    for (const StageRun& stage : iteration.stages)
      for (const Task& task : stage.tasks) visit(task);
}

}  // namespace flywheel
