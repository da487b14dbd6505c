// The directory of one attempt: the one class that knows its paths. It is the whole protocol
// between a worker and a task process:
//
//   task.json                  the TaskSpec, written once by the worker
//   inputs/NAME                an artifact each, laid by links
//   stdout.log, stderr.log     the process's own words, capped
//   progress.jsonl             TaskProgress lines, appended by the task
//   outputs/NAME               what the task makes, a file or a folder each
//   scratch/                   nobody's business after the attempt
//   result.json                the TaskResult, renamed into place last by the task
//   exit.json                  how it ended, written by the worker
//
// Does not start, watch or end processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/records/task.h"
#include "base/result.h"

namespace flywheel {

// True for a name that is one component of a path: not empty, no '/', not "." or "..", at most 128
// characters, none of them a control character. Inputs and outputs must have such names.
bool IsPlainName(std::string_view name);

class TaskDir {
 public:
  explicit TaskDir(std::string root) : root_(std::move(root)) {}

  // <work>/<installation>-c7/i2/train/t0/a1, or <work>/c7/... for an empty installation id.
  // INVALID_ARGUMENT when `attempt` is not an attempt's name.
  static Result<TaskDir> ForAttempt(std::string_view work, std::string_view installation,
                                    std::string_view attempt);

  const std::string& root() const { return root_; }
  std::string task_json() const { return root_ + "/task.json"; }
  std::string stdout_log() const { return root_ + "/stdout.log"; }
  std::string stderr_log() const { return root_ + "/stderr.log"; }
  std::string progress_jsonl() const { return root_ + "/progress.jsonl"; }
  std::string result_json() const { return root_ + "/result.json"; }
  std::string exit_json() const { return root_ + "/exit.json"; }
  std::string inputs() const { return root_ + "/inputs"; }
  std::string outputs() const { return root_ + "/outputs"; }
  std::string scratch() const { return root_ + "/scratch"; }
  // Relative to root(), as TaskInput::path wants it: "inputs/NAME".
  static std::string RelativeInput(std::string_view name);
  std::string output(std::string_view name) const;

  // Makes the folders, empty: whatever an earlier run of the same attempt left there is removed.
  Status Create() const;

  Status WriteSpec(const TaskSpec& spec) const;
  // INVALID_ARGUMENT names task.json, the member and what was expected.
  Result<TaskSpec> ReadSpec() const;

  Status WriteResult(const TaskResult& result) const;
  // NOT_FOUND when the task wrote none; INVALID_ARGUMENT when it is not a valid one
  // or larger than 1 MiB.
  Result<TaskResult> ReadResult() const;

 private:
  std::string root_;
};

}  // namespace flywheel
