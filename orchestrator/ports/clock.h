// The time, as a port so that tests can hold it.
#pragma once

#include "orchestrator/core/time.h"

namespace flywheel {

class Clock {
 public:
  virtual ~Clock() = default;
  // Never goes back during the life of the process, whatever is done to the machine's clock. Safe
  // from any thread.
  virtual TimeMs Now() const = 0;
};

}  // namespace flywheel
