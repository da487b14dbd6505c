// Agenda: what live campaigns have going and what waits, laid out to be looked through at every
// turn: no turn looks at every task of every campaign. Derived from the state and kept beside it;
// whoever applies an event tells it. Holds pointers into the state that it was derived from.
#pragma once

#include <compare>
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

// Which campaign is served first: the least.
struct Rank {
  int64_t priority = 0;  // negated: higher first
  int64_t cpus = 0;      // in use
  double served = 0;     // seconds
  int64_t id = 0;

  // Total even where a worker measured no number.
  std::strong_ordering operator<=>(const Rank& other) const {
    if (const auto order = priority <=> other.priority; order != 0) return order;
    if (const auto order = cpus <=> other.cpus; order != 0) return order;
    if (const auto order = std::strong_order(served, other.served); order != 0) return order;
    return id <=> other.id;
  }
  bool operator==(const Rank& other) const { return (*this <=> other) == 0; }
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
    TimeMs running_start_ms = 0;  // the sum

    Rank rank = {};  // served without what runs
    // Nothing runs and everything that waits may start, whatever the time: its rank stands.
    bool rests() const { return running.empty() && !waiting.empty() && last_due_ms == 0; }
  };

  Agenda() = default;
  // Everything that is live, none of it settled.
  explicit Agenda(const LoopState& state);

  // Something happened to this campaign.
  void Touch(int64_t campaign) { touched_.insert(campaign); }
  // Takes in what was touched. Before anything is read.
  void Refresh(const LoopState& state);

  // Of a live campaign.
  const Entry& At(int64_t campaign) const { return *Find(campaign); }

  // The ranks of all that rest, in their order; Rank::id tells whose. What waits is either here or
  // among the running or the delayed.
  const std::set<Rank>& resting() const { return resting_; }

  // Calls `visit(const Entry&)` for those with running attempts, or with a task that had, or has,
  // to wait for its time; without a look at the others.
  template <typename Visit>
  void ForEachRunning(Visit visit) const {
    for (const int64_t id : running_) visit(At(id));
  }
  template <typename Visit>
  void ForEachDelayed(Visit visit) const {
    for (const int64_t id : delayed_) visit(At(id));
  }

  // The live campaigns about which something happened since this was asked last: only they may
  // have something that follows.
  std::vector<int64_t> TakeUnsettled();

 private:
  void Refresh(const LoopState& state, int64_t campaign);
  // Where the campaign's entry is, or would be.
  std::vector<Entry>::const_iterator Find(int64_t campaign) const;

  std::vector<Entry> entries_;  // in the order of their campaigns' numbers
  std::set<Rank> resting_;
  std::set<int64_t> running_;
  std::set<int64_t> delayed_;
  std::set<int64_t> touched_;
  std::set<int64_t> unsettled_;
};

}  // namespace flywheel
