#include "workers/agent/agent.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/log.h"
#include "base/io/task_dir.h"
#include "workers/agent/attempt_run.h"
#include "workers/agent/message_codec.h"

namespace flywheel {
namespace {

constexpr double kTick_s = 0.2;
// A result that is not acknowledged is said again so often.
constexpr double kRepeat_s = 30;
// What holds before the first Welcome.
constexpr double kOrphanTimeout_s = 4 * 3600;
constexpr double kIdleTimeout_s = 30;
// After SIGTERM: how long to wait for the daemon to take the last result.
constexpr double kFarewell_s = 5;
constexpr const char* kVersion = "0.1.0";

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Connecting again would be refused again.
bool IsFinal(const Status& status) {
  return status.code() == StatusCode::kInvalidArgument ||
         status.code() == StatusCode::kFailedPrecondition ||
         status.code() == StatusCode::kUnimplemented;
}

v1::Finished FailedAtOnce(const v1::Assign& assign, const std::string& reason) {
  v1::Finished finished;
  finished.set_attempt(assign.task().attempt());
  finished.set_fencing_token(assign.fencing_token());
  finished.mutable_failed()->set_reason(reason);
  return finished;
}

}  // namespace

Agent::Agent(AgentOptions options, ArtifactDir artifacts, HeldAttempts held, Mailbox& mailbox)
    : options_(std::move(options)),
      inputs_(std::move(artifacts)),
      held_(std::move(held)),
      mailbox_(mailbox) {
  welcome_.set_orphan_timeout_s(kOrphanTimeout_s);
  welcome_.set_idle_timeout_s(kIdleTimeout_s);
}

Agent::~Agent() {
  if (!running_) return;
  running_->stop.Make({.reason = "the worker ended", .cancelled = true});
  running_->thread.join();
}

Status Agent::Run() {
  FW_TRY(Recover());
  connection_ = std::make_unique<Connection>([this] { return Address(); }, mailbox_);
  UpdateHello();
  connection_->Start();
  while (!end_) {
    const auto event = mailbox_.Take(kTick_s);
    if (event) {
      if (const auto* message = std::get_if<v1::DaemonMessage>(&*event)) Handle(*message);
      if (const auto* gone = std::get_if<Disconnected>(&*event)) HandleDisconnected(gone->status);
      if (const auto* ended = std::get_if<AttemptEnded>(&*event)) HandleEnded(ended->finished);
      if (std::holds_alternative<StopAsked>(*event)) HandleStop();
    }
    WatchClocks();
  }
  return *end_;
}

// What an earlier life of this worker left: every attempt is reported, none is lost in silence.
Status Agent::Recover() {
  std::vector<Status> unreadable;
  FW_ASSIGN(const auto records, held_.ReadAll(&unreadable));
  for (const Status& status : unreadable) LogWarn("-", "put aside: {}", status.message());
  for (const HeldRecord& record : records) {
    const TaskDir dir(record.directory);
    LogInfo(record.attempt, "held from an earlier life of this worker");
    ended_[record.attempt] = {RecoverAttempt(record.attempt, record.fencing_token, dir),
                              record.directory};
  }
  return OkStatus();
}

Result<std::string> Agent::Address() const {
  if (!options_.server.empty()) return options_.server;
  const std::string path = options_.state_dir + "/daemon.json";
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  std::string address;
  JsonObjectReader reader(value, path);
  reader.Required("address", &address);
  FW_TRY(reader.FinishAllowingUnknown());
  return address;
}

void Agent::UpdateHello() {
  v1::Hello hello;
  hello.set_worker_id(options_.worker_id);
  hello.set_installation_id(welcome_.installation_id());
  hello.set_host(MachineName());
  hello.set_cpus(options_.cpus);
  hello.set_memory_mb(options_.memory_mb);
  hello.mutable_kinds()->Assign(options_.kinds.begin(), options_.kinds.end());
  hello.set_pid(::getpid());
  hello.set_version(kVersion);
  const auto add = [](auto* list, const std::string& attempt, int64_t token) {
    v1::HeldAttempt* held = list->Add();
    held->set_attempt(attempt);
    held->set_fencing_token(token);
  };
  if (running_) add(hello.mutable_running(), running_->attempt, running_->fencing_token);
  for (const auto& [attempt, ended] : ended_) {
    add(hello.mutable_finished(), attempt, ended.finished.fencing_token());
  }
  connection_->SetHello(hello);
}

void Agent::Handle(const v1::DaemonMessage& message) {
  last_contact_ = Clock::now();
  switch (message.message_case()) {
    case v1::DaemonMessage::kWelcome:
      return HandleWelcome(message.welcome());
    case v1::DaemonMessage::kAssign:
      return HandleAssign(message.assign());
    case v1::DaemonMessage::kCancel:
      return HandleCancel(message.cancel());
    case v1::DaemonMessage::kAcknowledge:
      return HandleAcknowledge(message.acknowledge());
    case v1::DaemonMessage::kDrain:
      LogInfo("-", "told to leave when idle");
      draining_ = true;
      return;
    case v1::DaemonMessage::MESSAGE_NOT_SET:
      return LogWarn("-", "a message of a kind that this worker does not know was ignored");
  }
}

void Agent::HandleWelcome(const v1::Welcome& welcome) {
  LogInfo("-", "connected, installation {}", welcome.installation_id());
  welcome_ = welcome;
  if (welcome_.orphan_timeout_s() <= 0) welcome_.set_orphan_timeout_s(kOrphanTimeout_s);
  connected_ = true;
  leaving_ = false;
  if (IsIdle()) idle_since_ = Clock::now();
  UpdateHello();
  for (const auto& [attempt, ended] : ended_) SendFinished(ended.finished);
}

void Agent::SendFinished(const v1::Finished& finished) {
  v1::WorkerMessage message;
  *message.mutable_finished() = finished;
  connection_->Send(std::move(message));
}

void Agent::HandleDisconnected(const Status& status) {
  if (leaving_) {
    end_ = OkStatus();
    return;
  }
  if (connected_) {
    LogWarn("-", "the daemon is gone, connecting again: {}", status.ToString());
    last_contact_ = Clock::now();
  } else {
    LogDebug("-", "not connected: {}", status.ToString());
  }
  connected_ = false;
  if (IsFinal(status)) end_ = status;
}

// An attempt that ends before it began, without trace on disk: said once, and if that is lost the
// daemon sees at the next hello that the worker does not have it.
void Agent::Refuse(const v1::Assign& assign, const std::string& reason) {
  LogWarn(assign.task().attempt(), "refused: {}", reason);
  v1::Finished finished = FailedAtOnce(assign, reason);
  finished.mutable_failed()->set_infrastructure(true);
  SendFinished(finished);
}

void Agent::HandleAssign(const v1::Assign& assign) {
  const std::string& attempt = assign.task().attempt();
  if (running_ && running_->attempt == attempt &&
      running_->fencing_token == assign.fencing_token()) {
    return;
  }
  if (const auto known = ended_.find(attempt); known != ended_.end()) {
    return SendFinished(known->second.finished);
  }
  if (running_) {
    return Refuse(
        assign, fmt::format("the worker runs {} and takes one task at a time", running_->attempt));
  }
  if (stopping_) return Refuse(assign, "the worker is stopping");
  leaving_ = false;  // the assignment crossed the farewell: stay for it
  auto spec = FromMessage(assign.task());
  if (!spec.ok()) {
    v1::Finished finished = FailedAtOnce(assign, spec.status().message());
    finished.mutable_failed()->set_exit_code(static_cast<int>(TaskExit::kBadTask));
    return SendFinished(finished);
  }
  StartAttempt(assign, *std::move(spec));
}

void Agent::StartAttempt(const v1::Assign& assign, TaskSpec spec) {
  const std::string attempt = spec.attempt;
  const auto dir = TaskDir::ForAttempt(options_.work_dir, welcome_.installation_id(), attempt);
  if (!dir.ok()) return Refuse(assign, dir.status().message());
  const Status noted = held_.Add({attempt, assign.fencing_token(), dir->root()});
  if (!noted.ok()) return Refuse(assign, noted.message());

  running_ = std::make_unique<Running>();
  running_->attempt = attempt;
  running_->fencing_token = assign.fencing_token();
  running_directory_ = dir->root();
  LogInfo(attempt, "{} begins in {}", spec.kind, dir->root());
  AttemptRun run;
  run.spec = std::move(spec);
  run.fencing_token = assign.fencing_token();
  run.dir = *dir;
  run.task_program = options_.task_program;
  running_->thread = std::thread([this, run = std::move(run), &stop = running_->stop] {
    const auto on_progress = [&](const TaskProgress& progress) {
      auto telemetry = ToMessage(progress);
      if (!telemetry.ok()) return;
      v1::WorkerMessage message;
      message.mutable_progress()->set_attempt(run.spec.attempt);
      message.mutable_progress()->set_fencing_token(run.fencing_token);
      *message.mutable_progress()->mutable_progress() = *std::move(telemetry);
      connection_->Send(std::move(message));
    };
    mailbox_.Post(AttemptEnded{RunAttempt(run, inputs_, stop, on_progress)});
  });
  UpdateHello();
}

void Agent::HandleCancel(const v1::Cancel& cancel) {
  if (running_ && running_->attempt == cancel.attempt() &&
      running_->fencing_token == cancel.fencing_token()) {
    LogInfo(cancel.attempt(), "told to stop it");
    return running_->stop.Make({.reason = "cancelled", .cancelled = true});
  }
  if (const auto known = ended_.find(cancel.attempt()); known != ended_.end()) {
    return SendFinished(known->second.finished);
  }
  v1::Finished finished;
  finished.set_attempt(cancel.attempt());
  finished.set_fencing_token(cancel.fencing_token());
  finished.mutable_failed()->set_reason("cancelled; the worker does not have it");
  finished.mutable_failed()->set_cancelled(true);
  SendFinished(finished);
}

void Agent::HandleAcknowledge(const v1::Acknowledge& acknowledge) {
  const auto known = ended_.find(acknowledge.attempt());
  if (known == ended_.end() ||
      known->second.finished.fencing_token() != acknowledge.fencing_token()) {
    return;
  }
  if (!acknowledge.accepted()) {
    LogWarn(acknowledge.attempt(), "the daemon refused the result: {}", acknowledge.reason());
  }
  TidyTaskDir(TaskDir(known->second.directory));
  if (const Status status = held_.Remove(acknowledge.attempt()); !status.ok()) {
    LogError(acknowledge.attempt(), "{}", status.message());
  }
  ended_.erase(known);
  if (IsIdle()) idle_since_ = Clock::now();
  UpdateHello();
}

void Agent::HandleEnded(v1::Finished finished) {
  running_->thread.join();
  const std::string attempt = running_->attempt;
  running_.reset();
  if (finished.has_failed()) {
    LogWarn(attempt, "failed after {:.1f} s: {}", finished.seconds(), finished.failed().reason());
  } else {
    LogInfo(attempt, "done in {:.1f} s, {:.0f} MiB at most", finished.seconds(),
            finished.peak_rss_mb());
  }
  SendFinished(finished);
  ended_[attempt] = {std::move(finished), running_directory_};
  last_repeat_ = Clock::now();
  UpdateHello();
}

void Agent::HandleStop() {
  if (stopping_) {
    end_ = OkStatus();  // asked twice: at once; what is held is on disk
    return;
  }
  LogInfo("-", "told to stop");
  stopping_ = true;
  stop_asked_ = Clock::now();
  if (running_) running_->stop.Make({.reason = "the worker was told to stop", .cancelled = true});
}

void Agent::WatchClocks() {
  if (end_) return;
  if (!connected_ && running_ && SecondsSince(last_contact_) > welcome_.orphan_timeout_s()) {
    running_->stop.Make(
        {.reason = fmt::format("cut off from the daemon for {} s", welcome_.orphan_timeout_s()),
         .cancelled = true});
  }
  if (connected_ && !ended_.empty() && SecondsSince(last_repeat_) > kRepeat_s) {
    last_repeat_ = Clock::now();
    for (const auto& [attempt, ended] : ended_) SendFinished(ended.finished);
  }
  if (running_) {
    stop_asked_ = Clock::now();
    return;
  }
  if (stopping_ && (ended_.empty() || !connected_ || SecondsSince(stop_asked_) > kFarewell_s)) {
    end_ = OkStatus();
    return;
  }
  if (leaving_) return;
  const double patience_s =
      ended_.empty() ? welcome_.idle_timeout_s() : welcome_.orphan_timeout_s();
  const bool waited = patience_s > 0 && SecondsSince(idle_since_) > patience_s;
  const bool idle_enough = options_.leave_when_idle && waited && (ended_.empty() || !connected_);
  if (!idle_enough && !(draining_ && ended_.empty())) return;
  LogInfo("-", "idle, leaving");
  if (!connected_) {
    end_ = OkStatus();
    return;
  }
  leaving_ = true;
  connection_->HalfClose();
}

}  // namespace flywheel
