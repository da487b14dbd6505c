#include "orchestrator/wire/worker_codec.h"

#include <fmt/format.h>

#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

// Longer ids are not ids.
constexpr size_t kMaxWorkerId = 200;

template <typename Repeated>
Result<std::vector<HeldAttempt>> ReadHeld(const Repeated& messages, std::string_view field) {
  std::vector<HeldAttempt> held;
  for (const v1::HeldAttempt& message : messages) {
    Result<AttemptId> attempt = ParseAttemptId(message.attempt());
    if (!attempt.ok()) return attempt.status().WithContext(field);
    held.push_back({.attempt = *attempt, .fencing_token = message.fencing_token()});
  }
  return held;
}

Status CheckWorkerId(const std::string& id) {
  bool printable = !id.empty() && id.size() <= kMaxWorkerId;
  for (const char c : id) printable = printable && c > ' ' && c < 127;
  if (printable) return OkStatus();
  return InvalidArgument(fmt::format(
      "hello.worker_id of {} bytes: expected 1 to {} printable characters without spaces",
      id.size(), kMaxWorkerId));
}

Result<Observation> ReadFinished(const v1::Finished& message, const MessageSource& source) {
  AttemptFinished finished;
  finished.worker = source.worker;
  Result<AttemptId> attempt = ParseAttemptId(message.attempt());
  if (!attempt.ok()) return attempt.status().WithContext("finished.attempt");
  finished.attempt = *attempt;
  finished.fencing_token = message.fencing_token();
  finished.seconds = message.seconds();
  finished.peak_rss_mb = message.peak_rss_mb();
  switch (message.outcome_case()) {
    case v1::Finished::kSucceeded:
      finished.outcome = FromProto(message.succeeded());
      return Observation(std::move(finished));
    case v1::Finished::kFailed:
      finished.outcome =
          AttemptFailure{.exit_code = message.failed().exit_code(),
                         .signal = message.failed().signal(),
                         .reason = message.failed().reason(),
                         .infrastructure = message.failed().infrastructure(),
                         .cancelled = message.failed().cancelled(),
                         .damaged_inputs = {message.failed().damaged_inputs().begin(),
                                            message.failed().damaged_inputs().end()}};
      return Observation(std::move(finished));
    case v1::Finished::OUTCOME_NOT_SET:
      break;
  }
  return InvalidArgument(
      fmt::format("finished.outcome of {}: expected succeeded or failed", message.attempt()));
}

Result<Observation> ReadProgress(const v1::Progress& message, const MessageSource& source) {
  Result<AttemptId> attempt = ParseAttemptId(message.attempt());
  if (!attempt.ok()) return attempt.status().WithContext("progress.attempt");
  return Observation(AttemptProgressed{.worker = source.worker,
                                       .attempt = *attempt,
                                       .fencing_token = message.fencing_token(),
                                       .progress = FromProto(message.progress())});
}

}  // namespace

Result<WorkerConnected> FromProto(const v1::Hello& message, int64_t connection) {
  FW_TRY(CheckWorkerId(message.worker_id()));
  if (message.cpus() < 0 || message.memory_mb() < 0) {
    return InvalidArgument(fmt::format("hello.cpus {} and hello.memory_mb {}: expected at least 0",
                                       message.cpus(), message.memory_mb()));
  }
  WorkerConnected connected;
  connected.connection = connection;
  WorkerHello& hello = connected.hello;
  hello.worker = message.worker_id();
  hello.host = message.host();
  hello.cpus = message.cpus();
  hello.memory_mb = message.memory_mb();
  hello.kinds.assign(message.kinds().begin(), message.kinds().end());
  hello.pid = message.pid();
  hello.version = message.version();
  FW_ASSIGN(hello.running, ReadHeld(message.running(), "hello.running"));
  FW_ASSIGN(hello.finished, ReadHeld(message.finished(), "hello.finished"));
  return connected;
}

Result<Observation> FromProto(const v1::WorkerMessage& message, const MessageSource& source) {
  switch (message.message_case()) {
    case v1::WorkerMessage::kHeartbeat: {
      FW_ASSIGN(std::vector<HeldAttempt> running,
                ReadHeld(message.heartbeat().running(), "heartbeat.running"));
      return Observation(WorkerHeard{
          .worker = source.worker, .connection = source.connection, .running = std::move(running)});
    }
    case v1::WorkerMessage::kProgress:
      return ReadProgress(message.progress(), source);
    case v1::WorkerMessage::kFinished:
      return ReadFinished(message.finished(), source);
    case v1::WorkerMessage::kHello:
      return InvalidArgument("hello: expected once, as the first message of a stream");
    case v1::WorkerMessage::MESSAGE_NOT_SET:
      break;
  }
  return InvalidArgument("worker message: expected one of heartbeat, progress, finished");
}

v1::DaemonMessage AssignMessage(const TaskSpec& task, int64_t fencing_token) {
  v1::DaemonMessage message;
  *message.mutable_assign()->mutable_task() = ToProto(task);
  message.mutable_assign()->set_fencing_token(fencing_token);
  return message;
}

v1::DaemonMessage CancelMessage(const AttemptId& attempt, int64_t fencing_token) {
  v1::DaemonMessage message;
  message.mutable_cancel()->set_attempt(ToString(attempt));
  message.mutable_cancel()->set_fencing_token(fencing_token);
  return message;
}

v1::DaemonMessage AcknowledgeMessage(const HeldAttempt& held, const Status& outcome) {
  v1::DaemonMessage message;
  v1::Acknowledge& acknowledge = *message.mutable_acknowledge();
  acknowledge.set_attempt(ToString(held.attempt));
  acknowledge.set_fencing_token(held.fencing_token);
  acknowledge.set_accepted(outcome.ok());
  acknowledge.set_reason(outcome.message());
  return message;
}

}  // namespace flywheel
