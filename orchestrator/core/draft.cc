#include "orchestrator/core/draft.h"

#include <algorithm>
#include <utility>

#include "orchestrator/core/apply.h"

namespace flywheel {

Draft::Draft(LoopState state, Agenda agenda, TimeMs now)
    : state_(std::move(state)),
      agenda_(std::move(agenda)),
      now_(std::max(now, state_.last_time_ms)) {}

void Draft::Emit(int64_t campaign, std::string why, EventKind kind) {
  events_.push_back({.seq = state_.last_seq + 1,
                     .time_ms = now_,
                     .campaign = campaign,
                     .why = std::move(why),
                     .kind = std::move(kind)});
  Apply(state_, events_.back());
  agenda_.Touch(campaign);
}

}  // namespace flywheel
