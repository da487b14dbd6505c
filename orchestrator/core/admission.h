// Admission: which waiting task starts on which worker, and how many workers the tasks that could
// start would need. Campaigns are served by priority, then those with the fewest cpus in use, then
// the least served. A host's cpus and memory are never given out twice, not even to attempts that
// are lost but still running there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/core/loop_state.h"

namespace flywheel {

struct Placement {
  TaskId task;
  std::string worker;
};

// The next task to start and where, or nothing. Ask again after the start was applied.
std::vector<Placement> Admit(const LoopState& state, TimeMs now);

// Tasks that may start now, best first; all of them, whether there is room or not.
std::vector<const Task*> Waiting(const LoopState& state, TimeMs now);

// Tasks that may start now and fit into what the executor's machine has left.
int32_t Startable(const LoopState& state, TimeMs now);

// Attempts that run on workers that were not heard since the daemon started: nobody knows where.
std::vector<AttemptId> Homeless(const LoopState& state);

}  // namespace flywheel
