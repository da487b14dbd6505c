#include "orchestrator/core/campaign.h"

#include <fmt/format.h>

namespace flywheel {

const Attempt* Task::running() const {
  if (attempts.empty() || attempts.back().state != AttemptState::kRunning) return nullptr;
  return &attempts.back();
}

const TaskResult* StageRun::ResultOf(std::string_view task_kind) const {
  for (const Task& task : tasks) {
    if (task.spec->kind == task_kind && task.result) return &**task.result;
  }
  return nullptr;
}

const StageRun* Iteration::Find(Stage stage) const {
  for (const StageRun& run : stages) {
    if (run.stage == stage) return &run;
  }
  return nullptr;
}

const Task* CampaignState::FindTask(const TaskId& task_id) const {
  if (task_id.campaign != id || task_id.iteration < 0 || task_id.task < 0) return nullptr;
  if (static_cast<size_t>(task_id.iteration) >= iterations.size()) return nullptr;
  const StageRun* run = iterations[static_cast<size_t>(task_id.iteration)]->Find(task_id.stage);
  if (run == nullptr || static_cast<size_t>(task_id.task) >= run->tasks.size()) return nullptr;
  return &*run->tasks[static_cast<size_t>(task_id.task)];
}

std::string CampaignState::Artifact(std::string_view name) const {
  for (const ArtifactRef& artifact : artifacts) {
    if (artifact.name == name) return artifact.digest;
  }
  return "";
}

const Task* MakerOf(const CampaignState& campaign, std::string_view digest) {
  const Task* maker = nullptr;
  ForEachTask(campaign, [&](const Task& task) {
    if (maker != nullptr || !task.result) return;
    for (const TaskOutput& output : (*task.result)->outputs) {
      if (output.digest == digest) maker = &task;
    }
  });
  return maker;
}

std::string Etag(const CampaignState& campaign) { return fmt::format("e{}", campaign.last_seq); }

}  // namespace flywheel
