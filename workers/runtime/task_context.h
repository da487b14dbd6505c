// What a built-in task sees of the world: its spec, its inputs and outputs, a place for progress
// and the wish to stop. A task function knows nothing of daemons, workers or attempts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/records/task.h"
#include "base/result.h"

namespace flywheel {

class TaskContext {
 public:
  // `directory` is the attempt's task directory (base/io/task_dir.h).
  TaskContext(std::string directory, TaskSpec spec);

  const TaskSpec& spec() const { return spec_; }

  bool HasInput(std::string_view name) const;
  // Absolute path of an input: a file, or a folder for a folder artifact. INVALID_ARGUMENT when the
  // spec does not name it.
  Result<std::string> InputPath(std::string_view name) const;

  // Where to write the output `name`: a file, or a folder that the task creates. Everything that
  // the returned TaskResult lists in `outputs` must be there; digest and size are filled in by the
  // worker, a task sets the name only.
  std::string OutputPath(std::string_view name) const;
  // A folder for files that nobody needs after the attempt.
  std::string ScratchPath() const;
  // A folder that later attempts of the same task find again on this machine: for checkpoints. May
  // be gone at any time; the scratch folder where the directory belongs to no attempt.
  std::string KeptPath() const;

  // Appends a line to progress.jsonl. Calls closer than 100 ms to the last one are dropped, except
  // when fraction is 1.
  void Report(const TaskProgress& progress);

  // True after SIGTERM. A task that checkpoints does so and returns CANCELLED.
  bool StopRequested() const;

 private:
  std::string directory_;
  TaskSpec spec_;
  double last_report_s_ = -1;
};

using TaskFunction = Result<TaskResult> (*)(TaskContext& context);

struct TaskKind {
  std::string_view name;
  TaskFunction run;
};

// Reads DIRECTORY/task.json, runs the kind it names, writes result.json last. Returns the exit
// code: 0, or by the Status: INVALID_ARGUMENT 65 (bad data), FAILED_PRECONDITION 64 (bad task),
// NOT_FOUND 69, UNAVAILABLE, CANCELLED and RESOURCE_EXHAUSTED 75, anything else 70. An unreadable
// task.json, an unknown kind or `kind` other than the one in task.json is 64. The reason is the
// last line on stderr.
int RunTask(std::string_view kind, const std::string& directory, std::span<const TaskKind> kinds);

}  // namespace flywheel
