// Tick: everything that follows from the state and the time: attempts that are gone, stages that
// are complete, verdicts, ends, and starts of attempts. Emits until nothing more follows.
#pragma once

#include "orchestrator/core/draft.h"

namespace flywheel {

void DecideTick(Draft& draft);

// How an attempt ended that did not succeed.
struct Loss {
  AttemptId attempt;
  FailureKind kind = FailureKind::kUnspecified;
  std::string reason;
  int32_t exit = 0;
  double seconds = 0;  // that it is known to have run
};
// Emits the failure of a running attempt, with its retry.
void EmitFailure(Draft& draft, const Loss& loss);

}  // namespace flywheel
