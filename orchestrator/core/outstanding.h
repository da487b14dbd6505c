// Outstanding: what should be going on in the world, given the state. The engine compares it with
// what it has done already and does the rest. Level-triggered: asking twice does no harm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/agenda.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

// This attempt should run on this worker.
struct RunWant {
  std::string worker;
  int64_t connection = 0;
  AttemptId attempt;
  int64_t fencing_token = 0;
  Shared<TaskSpec> task;  // `attempt` is empty
};

// This worker should stop this attempt: cancelled, lost to another worker, or unknown.
struct StopWant {
  std::string worker;
  int64_t connection = 0;
  AttemptId attempt;
  int64_t fencing_token = 0;
};

struct Wants {
  std::vector<RunWant> run;
  std::vector<StopWant> stop;
  // Workers that should exist on the executor's machine, those that are there included.
  int32_t workers = 0;
  // When to think again if nothing happens before.
  std::optional<TimeMs> wake_ms;
};

// `agenda` is that of `state`.
Wants Outstanding(const LoopState& state, const Agenda& agenda, TimeMs now);

}  // namespace flywheel
