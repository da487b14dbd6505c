#include "orchestrator/wire/campaign_codec.h"

#include "orchestrator/core/report.h"
#include "orchestrator/wire/spec_codec.h"
#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

v1::RunningAttempt Running(const Task& task, const LoopState& state) {
  const Attempt& attempt = *task.running();
  const AttemptId id = task.attempt_id(attempt);
  v1::RunningAttempt message;
  message.set_attempt(ToString(id));
  message.set_worker(attempt.worker);
  *message.mutable_start_time() = ToTimestamp(attempt.start_ms);
  const auto worker = state.workers.find(attempt.worker);
  if (worker == state.workers.end()) return message;
  const auto held = worker->second.holding.find(id);
  if (held != worker->second.holding.end()) {
    *message.mutable_progress() = ToProto(held->second.progress);
  }
  return message;
}

}  // namespace

Result<v1::Campaign> ToProto(const CampaignState& campaign, const LoopState& state) {
  v1::Campaign message;
  message.set_name(CampaignResourceName(campaign.id));
  FW_ASSIGN(*message.mutable_spec(), ToProto(campaign.spec));
  message.set_state(static_cast<v1::Campaign::State>(campaign.phase));
  message.set_etag(Etag(campaign));
  *message.mutable_create_time() = ToTimestamp(campaign.create_ms);
  if (campaign.end_ms > 0) *message.mutable_end_time() = ToTimestamp(campaign.end_ms);
  const Whereabouts where = WhereIs(campaign);
  message.set_iteration(where.iteration);
  message.set_stage(where.stage);
  message.set_state_reason(where.reason);
  if (campaign.phase == CampaignPhase::kRunning && !state.disk_low.empty()) {
    message.set_state_reason(state.disk_low + "; " + where.reason);
  }
  ForEachTask(campaign, [&](const Task& task) {
    if (task.running() != nullptr) *message.add_running() = Running(task, state);
  });
  message.set_champion(campaign.champion);
  message.set_last_seq(campaign.last_seq);
  return message;
}

v1::Worker ToProto(const WorkerState& worker, TimeMs now) {
  v1::Worker message;
  message.set_worker_id(worker.hello.worker);
  message.set_host(worker.hello.host);
  message.set_cpus(worker.hello.cpus);
  message.set_memory_mb(worker.hello.memory_mb);
  for (const std::string& kind : worker.hello.kinds) message.add_kinds(kind);
  message.set_attempt(HeldAttemptName(worker));
  message.set_silent_s(MsToSeconds(now - worker.heard_ms));
  message.set_pid(worker.hello.pid);
  return message;
}

}  // namespace flywheel
