// Draft: a state that is being thought through. What is emitted is applied at once, so that the
// next thought sees it.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/event.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

class Draft {
 public:
  Draft(const LoopState& state, TimeMs now);

  const LoopState& state() const { return state_; }
  // Never before the last event.
  TimeMs now() const { return now_; }
  void Emit(int64_t campaign, std::string why, EventKind kind);
  std::vector<Event> TakeEvents() { return std::move(events_); }

 private:
  LoopState state_;
  TimeMs now_;
  std::vector<Event> events_;
};

}  // namespace flywheel
