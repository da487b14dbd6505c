#include "workers/agent/input_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/io/damaged_artifacts.h"

namespace flywheel {
namespace {

// The first problem is the one that is told; every damaged input is named, once.
void AddTo(InputProblem& problem, const TaskInput& input, const Status& status) {
  if (problem.status.ok())
    problem.status = status.WithContext(fmt::format("input '{}'", input.name));
  std::vector<std::string>& damaged = problem.damaged_inputs;
  if (std::find(damaged.begin(), damaged.end(), input.digest) == damaged.end()) {
    damaged.push_back(input.digest);
  }
}

InputProblem Other(const TaskInput& input, const Status& status) {
  return {.status = status.WithContext(fmt::format("input '{}'", input.name)),
          .damaged_inputs = {}};
}

}  // namespace

Status InputLayout::LayOne(const TaskDir& dir, TaskInput& input) {
  if (!whole_.contains(input.digest)) FW_TRY(CheckOrPutAside(artifacts_, input.digest));
  whole_.insert(input.digest);
  return artifacts_.Lay(input.digest, dir.root() + "/" + input.path);
}

InputProblem InputLayout::Lay(const TaskDir& dir, TaskSpec& spec) {
  InputProblem problem;
  for (TaskInput& input : spec.inputs) {
    input.path = TaskDir::RelativeInput(input.name);
    const Status laid = LayOne(dir, input);
    if (laid.ok()) continue;
    // It may have been whole when it was read: another look says whether the store is to blame.
    whole_.erase(input.digest);
    const Status state = MustBeMadeAgain(laid) ? CheckOrPutAside(artifacts_, input.digest) : laid;
    if (!MustBeMadeAgain(state)) return Other(input, laid);
    AddTo(problem, input, laid);
  }
  return problem;
}

InputProblem InputLayout::CheckAgain(const TaskSpec& spec) {
  InputProblem problem;
  for (const TaskInput& input : spec.inputs) {
    const Status state = CheckOrPutAside(artifacts_, input.digest);
    if (state.ok()) continue;
    whole_.erase(input.digest);
    if (!MustBeMadeAgain(state)) return Other(input, state);
    AddTo(problem, input, state);
  }
  return problem;
}

}  // namespace flywheel
