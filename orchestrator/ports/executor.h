// Who starts workers. Level-triggered: it is told how many workers should exist and counts those
// that are there itself, also those that an earlier daemon started. What it sees it reports as
// observations (WorkerEnded) through the sink it was made with. It assigns no tasks.
#pragma once

#include <cstdint>
#include <functional>

#include "orchestrator/core/config.h"
#include "orchestrator/core/input.h"

namespace flywheel {

// Takes an observation to the loop; safe from any thread. False: the inbox is full, say it again.
using ObservationSink = std::function<bool(Observation)>;

class Executor {
 public:
  virtual ~Executor() = default;

  // What it can start workers on; all 0 for an executor that starts none.
  virtual ExecutorCapacity capacity() const = 0;

  // At least `count` workers should exist now, within capacity().max_workers. Returns at once;
  // starts what is missing, backs off when starting fails, never stops a worker: idle ones leave by
  // themselves. Called on the loop's thread after every turn.
  virtual void EnsureWorkers(int32_t count) = 0;
};

}  // namespace flywheel
