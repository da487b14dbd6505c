// Agenda: what live campaigns have going and what waits, laid out to be looked through at every
// turn: no turn looks at every task of every campaign. Derived from the state and kept beside it;
// whoever applies an event tells it. Holds pointers into the state that it was derived from.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "orchestrator/core/loop_state.h"

namespace flywheel {

// A running attempt and where it belongs.
struct RunningAttemptView {
  const CampaignState* campaign = nullptr;
  const Task* task = nullptr;
  const Attempt* attempt = nullptr;
};

class Agenda {
 public:
  struct Entry {
    int64_t campaign = 0;
    const CampaignState* state = nullptr;
    std::vector<RunningAttemptView> running;
    // Tasks that may start, now or after their `not_before_ms`; none where nothing may start.
    std::vector<const Task*> waiting;

    // Of these, so that most campaigns need no second look.
    TimeMs first_due_ms = 0;  // the least and the greatest `not_before_ms`
    TimeMs last_due_ms = 0;
    int32_t priority = 0;
    int64_t running_cpus = 0;
    TimeMs running_start_ms = 0;  // the sum
    double served = 0;            // seconds, without what runs
  };

  Agenda() = default;
  // Everything that is live, none of it settled.
  explicit Agenda(const LoopState& state);

  // Something happened to this campaign.
  void Touch(int64_t campaign) { touched_.insert(campaign); }
  // Takes in what was touched. Before anything is read.
  void Refresh(const LoopState& state);

  // Live campaigns in the order of their numbers.
  const std::vector<Entry>& entries() const { return entries_; }

  // Calls `visit(const Entry&)` for those with running attempts, or with a task that had, or has,
  // to wait for its time; without a look at the others.
  template <typename Visit>
  void ForEachRunning(Visit visit) const {
    for (const int64_t id : running_) visit(*Find(id));
  }
  template <typename Visit>
  void ForEachDelayed(Visit visit) const {
    for (const int64_t id : delayed_) visit(*Find(id));
  }

  // The live campaigns about which something happened since this was asked last: only they may
  // have something that follows.
  std::vector<int64_t> TakeUnsettled();

 private:
  void Refresh(const LoopState& state, int64_t campaign);
  // Where the campaign's entry is, or would be.
  std::vector<Entry>::const_iterator Find(int64_t campaign) const;

  std::vector<Entry> entries_;
  std::set<int64_t> running_;
  std::set<int64_t> delayed_;
  std::set<int64_t> touched_;
  std::set<int64_t> unsettled_;
};

}  // namespace flywheel
