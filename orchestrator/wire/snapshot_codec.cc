#include "orchestrator/wire/snapshot_codec.h"

#include <fmt/format.h>

#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/spec_codec.h"
#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

v1::AttemptSnapshot Write(const Attempt& attempt) {
  v1::AttemptSnapshot message;
  message.set_number(attempt.number);
  message.set_state(static_cast<v1::AttemptSnapshot::State>(attempt.state));
  message.set_worker(attempt.worker);
  message.set_fencing_token(attempt.fencing_token);
  message.set_start_ms(attempt.start_ms);
  message.set_end_ms(attempt.end_ms);
  message.set_seconds(attempt.seconds);
  message.set_failure(static_cast<v1::FailureKind>(attempt.failure));
  message.set_reason(attempt.reason);
  message.set_exit(attempt.exit);
  return message;
}

Attempt Read(const v1::AttemptSnapshot& message) {
  return {.number = message.number(),
          .state = static_cast<AttemptState>(message.state()),
          .worker = message.worker(),
          .fencing_token = message.fencing_token(),
          .start_ms = message.start_ms(),
          .end_ms = message.end_ms(),
          .seconds = message.seconds(),
          .failure = static_cast<FailureKind>(message.failure()),
          .reason = message.reason(),
          .exit = message.exit()};
}

v1::TaskSnapshot Write(const Task& task) {
  v1::TaskSnapshot message;
  *message.mutable_spec() = ToProto(task.spec);
  message.set_state(static_cast<v1::TaskSnapshot::State>(task.state));
  message.set_not_before_ms(task.not_before_ms);
  message.set_planned_ms(task.planned_ms);
  for (const Attempt& attempt : task.attempts) *message.add_attempts() = Write(attempt);
  if (task.result) *message.mutable_result() = ToProto(*task.result);
  return message;
}

// Its id is its place.
Task Read(const v1::TaskSnapshot& message, const TaskId& id) {
  Task task;
  task.id = id;
  task.spec = FromProto(message.spec());
  task.state = static_cast<TaskState>(message.state());
  task.not_before_ms = message.not_before_ms();
  task.planned_ms = message.planned_ms();
  for (const auto& attempt : message.attempts()) task.attempts.push_back(Read(attempt));
  if (message.has_result()) task.result = FromProto(message.result());
  return task;
}

v1::IterationSnapshot Write(const Iteration& iteration) {
  v1::IterationSnapshot message;
  message.set_number(iteration.number);
  message.set_model(iteration.model);
  for (const StageRun& run : iteration.stages) {
    v1::StageSnapshot& stage = *message.add_stages();
    stage.set_stage(std::string(StageName(run.stage)));
    stage.set_start_ms(run.start_ms);
    if (run.end_ms) stage.set_end_ms(*run.end_ms);
    for (const Task& task : run.tasks) *stage.add_tasks() = Write(task);
  }
  if (iteration.gate) *message.mutable_gate() = ToProto(*iteration.gate);
  return message;
}

Result<Iteration> Read(const v1::IterationSnapshot& message, int64_t campaign) {
  Iteration iteration;
  iteration.number = message.number();
  iteration.model = message.model();
  for (const v1::StageSnapshot& stage : message.stages()) {
    StageRun run;
    FW_ASSIGN(run.stage, ParseStage(stage.stage()));
    run.start_ms = stage.start_ms();
    if (stage.has_end_ms()) run.end_ms = stage.end_ms();
    for (const v1::TaskSnapshot& task : stage.tasks()) {
      const auto index = static_cast<int32_t>(run.tasks.size());
      run.tasks.push_back(Read(task, {campaign, iteration.number, run.stage, index}));
    }
    iteration.stages.push_back(std::move(run));
  }
  if (message.has_gate()) iteration.gate = FromProto(message.gate());
  return iteration;
}

Result<CampaignState> Read(const v1::CampaignSnapshot& message) {
  CampaignState campaign;
  campaign.id = message.id();
  FW_ASSIGN(campaign.spec, FromProto(message.spec()));
  campaign.phase = static_cast<CampaignPhase>(message.phase());
  campaign.reason = message.reason();
  campaign.request_id = message.request_id();
  campaign.request_digest = message.request_digest();
  campaign.create_ms = message.create_ms();
  campaign.end_ms = message.end_ms();
  campaign.stop_ms = message.stop_ms();
  campaign.paused_now = message.paused_now();
  campaign.last_seq = message.last_seq();
  for (const v1::IterationSnapshot& snapshot : message.iterations()) {
    FW_ASSIGN(Iteration iteration, Read(snapshot, campaign.id));
    if (static_cast<size_t>(iteration.number) != campaign.iterations.size()) {
      return DataLoss(fmt::format("iteration {} in the place of iteration {}", iteration.number,
                                  campaign.iterations.size()));
    }
    campaign.iterations.push_back(std::move(iteration));
  }
  campaign.base_model = message.base_model();
  campaign.candidate = message.candidate();
  campaign.champion = message.champion();
  campaign.champion_iteration = message.champion_iteration();
  campaign.rejections = message.rejections();
  campaign.samples = message.samples();
  campaign.task_seconds = message.task_seconds();
  campaign.served_before = message.served_before();
  for (const auto& artifact : message.artifacts()) {
    campaign.artifacts.push_back(ArtifactRef{artifact.name(), artifact.digest(), artifact.size()});
  }
  campaign.quarantine = message.quarantine();
  campaign.doom = message.doom();
  for (const std::string& name : message.reruns()) {
    FW_ASSIGN(const TaskId task, ParseTaskId(name));
    if (campaign.FindTask(task) == nullptr) return DataLoss(name + " runs again and is not there");
    campaign.reruns.push_back(task);
  }
  return campaign;
}

}  // namespace

Result<v1::CampaignSnapshot> ToSnapshot(const CampaignState& campaign) {
  v1::CampaignSnapshot message;
  message.set_id(campaign.id);
  FW_ASSIGN(*message.mutable_spec(), ToProto(campaign.spec));
  message.set_phase(static_cast<v1::Campaign::State>(campaign.phase));
  message.set_reason(campaign.reason);
  message.set_request_id(campaign.request_id);
  message.set_request_digest(campaign.request_digest);
  message.set_create_ms(campaign.create_ms);
  message.set_end_ms(campaign.end_ms);
  message.set_stop_ms(campaign.stop_ms);
  message.set_paused_now(campaign.paused_now);
  message.set_last_seq(campaign.last_seq);
  for (const Iteration& iteration : campaign.iterations) {
    *message.add_iterations() = Write(iteration);
  }
  message.set_base_model(campaign.base_model);
  message.set_candidate(campaign.candidate);
  message.set_champion(campaign.champion);
  message.set_champion_iteration(campaign.champion_iteration);
  message.set_rejections(campaign.rejections);
  message.set_samples(campaign.samples);
  message.set_task_seconds(campaign.task_seconds);
  message.set_served_before(campaign.served_before);
  for (const ArtifactRef& artifact : campaign.artifacts) {
    v1::ArtifactSnapshot& made = *message.add_artifacts();
    made.set_name(artifact.name);
    made.set_digest(artifact.digest);
    made.set_size(artifact.size);
  }
  message.set_quarantine(campaign.quarantine);
  message.set_doom(campaign.doom);
  for (const TaskId& task : campaign.reruns) message.add_reruns(ToString(task));
  return message;
}

Result<CampaignState> FromSnapshot(const v1::CampaignSnapshot& message) {
  Result<CampaignState> campaign = Read(message);
  if (campaign.ok()) return campaign;
  return DataLoss(
      fmt::format("snapshot of campaign {}: {}", message.id(), campaign.status().message()));
}

}  // namespace flywheel
