// An attempt's inputs: read once in the worker's life and compared with their digests, then laid
// into the task directory. What is damaged is put aside, so that whoever made it can make it again.
// Knows nothing of processes and the daemon.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/io/artifact_dir.h"
#include "base/io/task_dir.h"
#include "base/records/task.h"
#include "base/result.h"

namespace flywheel {

// Why inputs cannot be used. OK: they can.
struct InputProblem {
  Status status;
  // Digests of the inputs, as the task names them, that are damaged or missing in the store: they
  // must be made again. Empty where another try on this machine or another may do.
  std::vector<std::string> damaged_inputs;
};

class InputLayout {
 public:
  explicit InputLayout(ArtifactDir artifacts) : artifacts_(std::move(artifacts)) {}

  // Lays all of them and sets their paths in `spec`. The folders of `dir` are there.
  InputProblem Lay(const TaskDir& dir, TaskSpec& spec);

  // Reads all of them again, for a task that failed: the fault may have been theirs.
  InputProblem CheckAgain(const TaskSpec& spec);

  const ArtifactDir& artifacts() const { return artifacts_; }

 private:
  Status LayOne(const TaskDir& dir, TaskInput& input);

  ArtifactDir artifacts_;
  std::set<std::string> whole_;  // digests that were read in this life
};

}  // namespace flywheel
