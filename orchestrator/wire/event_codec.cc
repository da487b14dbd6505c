#include "orchestrator/wire/event_codec.h"

#include <fmt/format.h>

#include "orchestrator/wire/spec_codec.h"
#include "orchestrator/wire/summary_codec.h"
#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

// One overload a kind of event; each fills its member of the oneof.
struct KindWriter {
  v1::Event& out;

  Status operator()(const CampaignCreated& event) const {
    v1::CampaignCreated& created = *out.mutable_campaign_created();
    FW_ASSIGN(*created.mutable_spec(), ToProto(event.spec));
    created.set_request_id(event.request_id);
    created.set_request_digest(event.request_digest);
    return OkStatus();
  }
  Status operator()(const CampaignPaused& event) const {
    out.mutable_campaign_paused()->set_now(event.now);
    return OkStatus();
  }
  Status operator()(const CampaignResumed&) const {
    out.mutable_campaign_resumed();
    return OkStatus();
  }
  Status operator()(const CampaignDeleted&) const {
    out.mutable_campaign_deleted();
    return OkStatus();
  }
  Status operator()(const CampaignCancelRequested&) const {
    out.mutable_campaign_cancel_requested();
    return OkStatus();
  }
  Status operator()(const CampaignEnded& event) const {
    out.mutable_campaign_ended()->set_state(static_cast<v1::Campaign::State>(event.phase));
    return OkStatus();
  }
  Status operator()(const StageStarted& event) const {
    WriteStage(event, *out.mutable_stage_started());
    for (const TaskSpec& task : event.tasks) {
      Write(task, *out.mutable_stage_started()->add_tasks());
    }
    return OkStatus();
  }
  Status operator()(const TasksAdded& event) const {
    WriteStage(event, *out.mutable_tasks_added());
    for (const TaskSpec& task : event.tasks) {
      Write(task, *out.mutable_tasks_added()->add_tasks());
    }
    return OkStatus();
  }
  Status operator()(const StageEnded& event) const {
    WriteStage(event, *out.mutable_stage_ended());
    return OkStatus();
  }
  Status operator()(const AttemptStarted& event) const {
    v1::AttemptStarted& started = *out.mutable_attempt_started();
    started.set_attempt(ToString(event.attempt));
    started.set_worker(event.worker);
    started.set_fencing_token(event.fencing_token);
    return OkStatus();
  }
  Status operator()(const AttemptSucceeded& event) const {
    v1::AttemptSucceeded& succeeded = *out.mutable_attempt_succeeded();
    succeeded.set_attempt(ToString(event.attempt));
    Write(event.result, *succeeded.mutable_result());
    succeeded.set_seconds(event.seconds);
    return OkStatus();
  }
  Status operator()(const AttemptFailed& event) const {
    v1::AttemptFailed& failed = *out.mutable_attempt_failed();
    failed.set_attempt(ToString(event.attempt));
    failed.set_kind(static_cast<v1::FailureKind>(event.kind));
    failed.set_reason(event.reason);
    failed.set_exit(event.exit);
    if (event.retry_ms) *failed.mutable_retry_time() = ToTimestamp(*event.retry_ms);
    failed.set_seconds(event.seconds);
    return OkStatus();
  }
  Status operator()(const TaskRerun& event) const {
    out.mutable_task_rerun()->set_task(ToString(event.task));
    return OkStatus();
  }
  Status operator()(const GateDecided& event) const {
    *out.mutable_gate_decided() = ToProto(event);
    return OkStatus();
  }

  template <typename Value, typename Message>
  static void WriteStage(const Value& value, Message& message) {
    message.set_iteration(value.iteration);
    message.set_stage(std::string(StageName(value.stage)));
  }
};

// StageStarted, TasksAdded and StageEnded have the place in common.
template <typename Value, typename Message>
Result<Value> ReadStage(const Message& message) {
  Value value;
  value.iteration = message.iteration();
  FW_ASSIGN(value.stage, ParseStage(message.stage()));
  return value;
}

template <typename Value, typename Message>
Result<EventKind> ReadTasks(const Message& message) {
  FW_ASSIGN(Value value, ReadStage<Value>(message));
  for (const v1::TaskSpec& task : message.tasks()) value.tasks.push_back(FromProto(task));
  return EventKind(std::move(value));
}

Result<EventKind> ReadCreated(const v1::CampaignCreated& message) {
  CampaignCreated event;
  FW_ASSIGN(event.spec, FromProto(message.spec()));
  event.request_id = message.request_id();
  event.request_digest = message.request_digest();
  return EventKind(std::move(event));
}

Result<EventKind> ReadStarted(const v1::AttemptStarted& message) {
  AttemptStarted event;
  FW_ASSIGN(event.attempt, ParseAttemptId(message.attempt()));
  event.worker = message.worker();
  event.fencing_token = message.fencing_token();
  return EventKind(std::move(event));
}

Result<EventKind> ReadSucceeded(const v1::AttemptSucceeded& message) {
  AttemptSucceeded event;
  FW_ASSIGN(event.attempt, ParseAttemptId(message.attempt()));
  event.result = FromProto(message.result());
  event.seconds = message.seconds();
  return EventKind(std::move(event));
}

Result<EventKind> ReadFailed(const v1::AttemptFailed& message) {
  AttemptFailed event;
  FW_ASSIGN(event.attempt, ParseAttemptId(message.attempt()));
  event.kind = static_cast<FailureKind>(message.kind());
  event.reason = message.reason();
  event.exit = message.exit();
  if (message.has_retry_time()) event.retry_ms = FromTimestamp(message.retry_time());
  event.seconds = message.seconds();
  return EventKind(std::move(event));
}

Result<EventKind> ReadRerun(const v1::TaskRerun& message) {
  FW_ASSIGN(const TaskId task, ParseTaskId(message.task()));
  return EventKind(TaskRerun{.task = task});
}

Result<EventKind> ReadKind(const v1::Event& message) {
  switch (message.kind_case()) {
    case v1::Event::kCampaignCreated:
      return ReadCreated(message.campaign_created());
    case v1::Event::kCampaignPaused:
      return EventKind(CampaignPaused{.now = message.campaign_paused().now()});
    case v1::Event::kCampaignResumed:
      return EventKind(CampaignResumed{});
    case v1::Event::kCampaignCancelRequested:
      return EventKind(CampaignCancelRequested{});
    case v1::Event::kCampaignEnded:
      return EventKind(
          CampaignEnded{.phase = static_cast<CampaignPhase>(message.campaign_ended().state())});
    case v1::Event::kStageStarted:
      return ReadTasks<StageStarted>(message.stage_started());
    case v1::Event::kTasksAdded:
      return ReadTasks<TasksAdded>(message.tasks_added());
    case v1::Event::kStageEnded: {
      FW_ASSIGN(StageEnded event, ReadStage<StageEnded>(message.stage_ended()));
      return EventKind(event);
    }
    case v1::Event::kAttemptStarted:
      return ReadStarted(message.attempt_started());
    case v1::Event::kAttemptSucceeded:
      return ReadSucceeded(message.attempt_succeeded());
    case v1::Event::kAttemptFailed:
      return ReadFailed(message.attempt_failed());
    case v1::Event::kGateDecided:
      return EventKind(FromProto(message.gate_decided()));
    case v1::Event::kTaskRerun:
      return ReadRerun(message.task_rerun());
    case v1::Event::kCampaignDeleted:
      return EventKind(CampaignDeleted{});
    case v1::Event::KIND_NOT_SET:
      return DataLoss("a kind of event that this version does not know");
  }
  return DataLoss("a kind of event that this version does not know");
}

Status AsDataLoss(const Status& status, int64_t seq) {
  return DataLoss(fmt::format("event {}: {}", seq, status.message()));
}

}  // namespace

v1::GateVerdict ToProto(const GateVerdict& verdict) {
  v1::GateVerdict message;
  message.set_verdict(verdict.verdict);
  if (verdict.test) *message.mutable_test() = ToProto(*verdict.test);
  message.set_p_value(verdict.p_value);
  message.set_reason(verdict.reason);
  return message;
}

GateVerdict FromProto(const v1::GateVerdict& message) {
  GateVerdict verdict;
  verdict.verdict = message.verdict();
  if (message.has_test()) verdict.test = FromProto(message.test());
  verdict.p_value = message.p_value();
  verdict.reason = message.reason();
  return verdict;
}

v1::GateDecided ToProto(const GateDecided& decided) {
  v1::GateDecided message;
  message.set_iteration(decided.iteration);
  *message.mutable_verdict() = ToProto(decided.verdict);
  message.set_candidate(decided.candidate);
  message.set_champion(decided.champion);
  return message;
}

GateDecided FromProto(const v1::GateDecided& message) {
  return {.iteration = message.iteration(),
          .verdict = FromProto(message.verdict()),
          .candidate = message.candidate(),
          .champion = message.champion()};
}

Result<v1::Event> ToProto(const Event& event) {
  v1::Event message;
  FW_TRY(Write(event, message));
  return message;
}

Status Write(const Event& event, v1::Event& message) {
  message.set_seq(event.seq);
  *message.mutable_time() = ToTimestamp(event.time_ms);
  message.set_campaign(CampaignResourceName(event.campaign));
  message.set_why(event.why);
  return std::visit(KindWriter{message}, event.kind);
}

Result<Event> FromProto(const v1::Event& message) {
  Event event;
  event.seq = message.seq();
  event.time_ms = FromTimestamp(message.time());
  const Result<int64_t> campaign = ParseCampaignResourceName(message.campaign());
  if (!campaign.ok()) return AsDataLoss(campaign.status(), message.seq());
  event.campaign = *campaign;
  event.why = message.why();
  Result<EventKind> kind = ReadKind(message);
  if (!kind.ok()) return AsDataLoss(kind.status(), message.seq());
  event.kind = *std::move(kind);
  return event;
}

}  // namespace flywheel
