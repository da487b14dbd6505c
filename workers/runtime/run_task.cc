#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "base/io/task_dir.h"
#include "workers/runtime/stop_signal.h"
#include "workers/runtime/task_context.h"

namespace flywheel {
namespace {

TaskExit ExitFor(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return TaskExit::kDone;
    case StatusCode::kInvalidArgument:
      return TaskExit::kBadData;
    case StatusCode::kFailedPrecondition:
      return TaskExit::kBadTask;
    case StatusCode::kNotFound:
      return TaskExit::kResourceMissing;
    case StatusCode::kUnavailable:
    case StatusCode::kCancelled:
    case StatusCode::kResourceExhausted:
      return TaskExit::kTryAgain;
    default:
      return TaskExit::kBug;
  }
}

// The worker reads the last line of stderr as the reason, so it must be one line.
int Fail(TaskExit exit, std::string reason) {
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::fflush(stderr);
  return static_cast<int>(exit);
}

// What a library throws at us is an expected failure only where it was caught; here it is a bug.
Result<TaskResult> Run(TaskFunction run, TaskContext& context) {
  try {
    return run(context);
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("out of memory");
  } catch (const std::exception& error) {
    return Internal(fmt::format("unexpected exception: {}", error.what()));
  }
}

// A result that names what is not there would fail later, in the worker, with less to say.
Status CheckOutputs(const TaskContext& context, const TaskResult& result) {
  for (const TaskOutput& output : result.outputs) {
    if (!IsPlainName(output.name)) {
      return Internal(fmt::format("output name '{}': expected one plain file name", output.name));
    }
    std::error_code error;
    if (!std::filesystem::exists(context.OutputPath(output.name), error)) {
      return Internal(fmt::format("output '{}': the task names it and did not write {}",
                                  output.name, context.OutputPath(output.name)));
    }
  }
  return OkStatus();
}

std::string KnownKinds(std::span<const TaskKind> kinds) {
  std::string names;
  for (const TaskKind& kind : kinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

}  // namespace

int RunTask(std::string_view kind, const std::string& directory, std::span<const TaskKind> kinds) {
  const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const TaskKind& candidate) {
    return candidate.name == kind;
  });
  if (known == kinds.end()) {
    return Fail(TaskExit::kBadTask,
                fmt::format("task kind '{}': expected one of {}", kind, KnownKinds(kinds)));
  }
  WatchStopSignal();
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(directory, error).string();
  const TaskDir task(error ? directory : absolute);
  auto spec = task.ReadSpec();
  if (!spec.ok()) {
    // A disk that cannot be read now says nothing about the task.
    const TaskExit exit = ExitFor(spec.status().code());
    return Fail(exit == TaskExit::kTryAgain ? exit : TaskExit::kBadTask, spec.status().message());
  }
  if (spec->kind != kind) {
    return Fail(TaskExit::kBadTask,
                fmt::format("{}: kind is '{}', expected '{}'", task.task_json(), spec->kind, kind));
  }
  TaskContext context(task.root(), *std::move(spec));
  auto result = Run(known->run, context);
  Status status = result.status();
  if (status.ok()) status = CheckOutputs(context, *result);
  if (status.ok()) status = task.WriteResult(*result);
  if (!status.ok()) return Fail(ExitFor(status.code()), status.message());
  return static_cast<int>(TaskExit::kDone);
}

}  // namespace flywheel
