// Draft: a state that is being thought through, with its agenda. What is emitted is applied at
// once, so that the next thought sees it; nobody else does until the draft is taken.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/agenda.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

class Draft {
 public:
  // `agenda` is that of `state`.
  Draft(LoopState state, Agenda agenda, TimeMs now);

  const LoopState& state() const { return state_; }
  // As of the last event.
  const Agenda& agenda() {
    agenda_.Refresh(state_);
    return agenda_;
  }
  std::vector<int64_t> TakeUnsettled() {
    agenda_.Refresh(state_);
    return agenda_.TakeUnsettled();
  }
  // What is known of workers, which no event tells: for Observe and ForgetSilent (apply.h).
  LoopState& seen() { return state_; }
  // Never before the last event.
  TimeMs now() const { return now_; }
  void Emit(int64_t campaign, std::string why, EventKind kind);

  const std::vector<Event>& events() const { return events_; }
  LoopState TakeState() { return std::move(state_); }
  Agenda TakeAgenda() {
    agenda_.Refresh(state_);
    return std::move(agenda_);
  }
  std::vector<Event> TakeEvents() { return std::move(events_); }

 private:
  LoopState state_;
  Agenda agenda_;
  TimeMs now_;
  std::vector<Event> events_;
};

}  // namespace flywheel
