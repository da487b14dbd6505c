#include "workers/agent/attempt_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/log.h"
#include "base/io/process_tree.h"
#include "workers/agent/message_codec.h"
#include "workers/agent/supervise.h"
#include "workers/agent/task_environment.h"

namespace flywheel {
namespace {

v1::Failure MakeFailure(std::string reason) {
  v1::Failure failure;
  failure.set_reason(std::move(reason));
  return failure;
}

v1::Failure MachineFailure(const Status& status) {
  v1::Failure failure = MakeFailure(status.message());
  failure.set_infrastructure(true);
  return failure;
}

// Whatever keeps the inputs from being there is not the task's doing.
v1::Failure InputFailure(const InputProblem& problem) {
  v1::Failure failure = MachineFailure(problem.status);
  for (const std::string& digest : problem.damaged_inputs) failure.add_damaged_inputs(digest);
  return failure;
}

bool IsMachinesFault(const Status& status) {
  return status.code() == StatusCode::kResourceExhausted ||
         status.code() == StatusCode::kPermissionDenied || status.code() == StatusCode::kDataLoss ||
         status.code() == StatusCode::kInternal || status.code() == StatusCode::kUnavailable;
}

Status CheckSpec(const TaskSpec& spec) {
  if (!IsPlainName(spec.kind)) {
    return InvalidArgument(fmt::format("task kind '{}': expected one plain name", spec.kind));
  }
  std::set<std::string> names;
  for (const TaskInput& input : spec.inputs) {
    if (!IsPlainName(input.name) || !names.insert(input.name).second) {
      return InvalidArgument(
          fmt::format("input name '{}': expected one plain name, used once", input.name));
    }
  }
  return OkStatus();
}

// Makes the directory with all that the task finds in it.
InputProblem LayOut(AttemptRun& run, InputLayout& inputs) {
  if (Status made = run.dir.Create(); !made.ok()) return {std::move(made), {}};
  InputProblem problem = inputs.Lay(run.dir, run.spec);
  if (problem.status.ok()) problem.status = run.dir.WriteSpec(run.spec);
  return problem;
}

// Stores what the result names and fills in digests and sizes.
Status Publish(const TaskDir& dir, const ArtifactDir& artifacts, TaskResult& result) {
  std::set<std::string> names;
  for (TaskOutput& output : result.outputs) {
    if (!names.insert(output.name).second) {
      return InvalidArgument(fmt::format("output '{}' is named twice", output.name));
    }
    auto stored = artifacts.Put(dir.output(output.name));
    if (!stored.ok()) {
      return stored.status().WithContext(fmt::format("output '{}'", output.name));
    }
    output.digest = stored->digest;
    output.size = stored->size;
  }
  return OkStatus();
}

// What is wrong with an end, the worker's reasons first.
v1::Failure ExplainEnd(const SupervisedEnd& end) {
  v1::Failure failure;
  failure.set_exit_code(end.exit.exit_code);
  failure.set_signal(end.exit.signal);
  failure.set_cancelled(end.cancelled);
  if (!end.stopped_for.empty()) {
    failure.set_reason(end.stopped_for);
  } else if (end.exit.signal != 0) {
    failure.set_reason(end.last_line.empty()
                           ? ToString(end.exit)
                           : fmt::format("{}: {}", ToString(end.exit), end.last_line));
  } else {
    failure.set_reason(end.last_line.empty() ? ToString(end.exit) : end.last_line);
    failure.set_infrastructure(end.exit.exit_code == static_cast<int>(TaskExit::kTryAgain));
  }
  return failure;
}

// Success is exit code 0 and a valid result, and that its outputs could be stored.
void Judge(const AttemptRun& run, const ArtifactDir& artifacts, const SupervisedEnd& end,
           v1::Finished& finished) {
  finished.set_seconds(end.seconds);
  finished.set_peak_rss_mb(end.peak_rss_mb);
  const auto fail = [&](v1::Failure failure) { *finished.mutable_failed() = std::move(failure); };
  if (!end.stopped_for.empty() || end.exit != ExitStatus{}) return fail(ExplainEnd(end));
  auto result = run.dir.ReadResult();
  if (result.status().code() == StatusCode::kNotFound) {
    return fail(MakeFailure("the task ended with exit code 0 and wrote no result.json"));
  }
  if (!result.ok()) return fail(MakeFailure(result.status().message()));
  if (const Status status = Publish(run.dir, artifacts, *result); !status.ok()) {
    return fail(IsMachinesFault(status) ? MachineFailure(status) : MakeFailure(status.message()));
  }
  auto message = ToMessage(*result);
  if (!message.ok()) return fail(MakeFailure(message.status().message()));
  *finished.mutable_succeeded() = *std::move(message);
}

// It says that something is wrong with its data or with itself.
bool FailedByItself(const SupervisedEnd& end) {
  return end.stopped_for.empty() && end.exit != ExitStatus{} &&
         end.exit.exit_code != static_cast<int>(TaskExit::kTryAgain);
}

// Before a task is blamed, and with some exit codes its campaign failed, its inputs are read again:
// they may have changed since this worker read them, or another worker has put them aside.
void BlameInputs(const AttemptRun& run, InputLayout& inputs, v1::Finished& finished) {
  InputProblem problem = inputs.CheckAgain(run.spec);
  if (problem.status.ok()) return;
  problem.status = Status(problem.status.code(),
                          fmt::format("{} (the task had failed: {})", problem.status.message(),
                                      finished.failed().reason()));
  *finished.mutable_failed() = InputFailure(problem);
}

void Run(AttemptRun& run, InputLayout& inputs, const StopWish& stop,
         const std::function<void(const TaskProgress&)>& on_progress, v1::Finished& finished) {
  if (const Status status = CheckSpec(run.spec); !status.ok()) {
    *finished.mutable_failed() = MakeFailure(status.message());
    finished.mutable_failed()->set_exit_code(static_cast<int>(TaskExit::kBadTask));
    return;
  }
  if (const InputProblem problem = LayOut(run, inputs); !problem.status.ok()) {
    *finished.mutable_failed() = InputFailure(problem);
    return;
  }
  SupervisedTask task;
  task.name = run.spec.attempt;
  task.dir = run.dir;
  task.limits = run.spec.limits;
  task.memory_mb = run.spec.resources.memory_mb;
  task.command.program = run.task_program;
  task.command.arguments = {run.spec.kind, run.dir.root()};
  task.command.environment = TaskEnvironment(run.spec, run.dir, ::environ);
  task.command.directory = run.dir.root();
  const auto end = Supervise(task, stop, on_progress);
  if (!end.ok()) {
    // A program that is not there or may not be run is what the task asked for; a log that cannot
    // be written is the machine's doing.
    const StatusCode code = end.status().code();
    const bool asked_for = code == StatusCode::kNotFound || code == StatusCode::kPermissionDenied;
    *finished.mutable_failed() =
        asked_for ? MakeFailure(end.status().message()) : MachineFailure(end.status());
    return;
  }
  if (!end->left_behind.empty()) LogError(run.spec.attempt, "{}", end->left_behind);
  Judge(run, inputs.artifacts(), *end, finished);
  if (FailedByItself(*end)) BlameInputs(run, inputs, finished);
}

v1::Finished NewFinished(const std::string& attempt, int64_t fencing_token) {
  v1::Finished finished;
  finished.set_attempt(attempt);
  finished.set_fencing_token(fencing_token);
  return finished;
}

}  // namespace

v1::Finished RunAttempt(AttemptRun run, InputLayout& inputs, const StopWish& stop,
                        const std::function<void(const TaskProgress&)>& on_progress) {
  v1::Finished finished = NewFinished(run.spec.attempt, run.fencing_token);
  Run(run, inputs, stop, on_progress, finished);
  // Protobuf refuses other text, and with it the message, whenever it is sent.
  if (finished.has_failed()) {
    finished.mutable_failed()->set_reason(ToValidUtf8(finished.failed().reason()));
  }
  if (const Status status = WriteMessageFile(run.dir.exit_json(), finished); !status.ok()) {
    LogWarn(run.spec.attempt, "exit.json: {}", status.message());
  }
  return finished;
}

v1::Finished RecoverAttempt(const std::string& attempt, int64_t fencing_token, const TaskDir& dir) {
  v1::Finished finished;
  const Status status = ReadMessageFile(dir.exit_json(), &finished);
  if (status.ok() && finished.attempt() == attempt && finished.fencing_token() == fencing_token) {
    return finished;
  }
  (void)RemoveTemporaries(dir.root());  // a folder that is not there has none
  const int killed = KillMarked(kTaskDirVariable, dir.root());
  if (killed > 0) LogWarn(attempt, "killed {} processes that outlived their worker", killed);
  finished = NewFinished(attempt, fencing_token);
  *finished.mutable_failed() =
      MachineFailure(Unavailable("its worker ended while it ran, and the task with it"));
  if (const Status written = WriteMessageFile(dir.exit_json(), finished); !written.ok()) {
    LogWarn(attempt, "exit.json: {}", written.message());
  }
  return finished;
}

void TidyTaskDir(const TaskDir& dir) {
  std::error_code ignored;  // what stays is in nobody's way
  for (const std::string& folder : {dir.inputs(), dir.outputs(), dir.scratch()}) {
    std::filesystem::remove_all(folder, ignored);
  }
}

}  // namespace flywheel
