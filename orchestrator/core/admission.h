// Admission: which waiting tasks start on which workers, and how many workers the tasks that could
// start would need. Campaigns are served by priority, then those with the fewest cpus in use, then
// the least served. A host's cpus and memory are never given out twice, not even to attempts that
// are lost but still running there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/core/agenda.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

struct Placement {
  TaskId task;
  std::string worker;
};

// `agenda` is that of `state` in all of these.

// Every start that there is room for, in their order. A campaign that got a start ranks by it when
// the next is chosen.
std::vector<Placement> Admit(const LoopState& state, const Agenda& agenda, TimeMs now);

// Tasks that may start now and fit into what the executor's machine has left.
int32_t Startable(const LoopState& state, const Agenda& agenda, TimeMs now);

// Attempts that run on workers that were not heard since the daemon started: nobody knows where.
std::vector<RunningAttemptView> Homeless(const LoopState& state, const Agenda& agenda);

}  // namespace flywheel
