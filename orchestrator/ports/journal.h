// The journal: the one durable memory of the daemon. Implementations must pass
// tests/support/journal_conformance.h. It knows nothing of what the events mean.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/loop_state.h"

namespace flywheel {

struct EventQuery {
  int64_t after_seq = 0;
  int64_t campaign = 0;  // 0: all
  int32_t limit = 1000;
};

// One entry of the journal at replay. `event` is a failed Status when the stored bytes cannot be
// read; seq and campaign are known even then.
struct JournalEntry {
  int64_t seq = 0;
  int64_t campaign = 0;
  Result<Event> event;
};

// The state after event `seq`, as the journal keeps it. A campaign is a failed Status when its
// stored bytes cannot be read.
struct SavedState {
  int64_t seq = 0;  // 0: nothing was saved
  TimeMs last_time_ms = 0;
  int64_t last_campaign = 0;
  int64_t last_fencing_token = 0;
  std::vector<std::pair<int64_t, Result<CampaignState>>> campaigns;
};

class Journal {
 public:
  virtual ~Journal() = default;

  // All of the batch is durable when this returns OK; none of it will ever be seen when it does
  // not. The first seq must be last_seq() + 1, the others follow without gaps: INTERNAL otherwise.
  // RESOURCE_EXHAUSTED: the disk is full. Called by one thread.
  virtual Status Append(std::span<const Event> events) = 0;

  // What Compact saved last.
  virtual Result<SavedState> LoadState() = 0;

  // Everything after the saved state, in order of seq. Stops at the visitor's first failure and
  // returns it.
  virtual Status Replay(const std::function<Status(const JournalEntry&)>& visit) = 0;

  // A page in order of seq; fewer than `limit` events mean that there are no more now. Events that
  // cannot be read are left out. Safe from any thread.
  virtual Result<std::vector<Event>> Read(const EventQuery& query) = 0;

  // 0 when empty. Safe from any thread.
  virtual int64_t last_seq() const = 0;

  // Saves what is durable of `state`, so that a start need not replay its events, and drops the
  // events of campaigns that ended or were deleted before `ended_before`. In small steps, between
  // which others append and read; a crash between any two leaves the former state or this one. From
  // any thread, one at a time.
  virtual Status Compact(const LoopState& state, TimeMs ended_before) = 0;

  // Events up to this one may have been dropped. Grows before any of them is. Safe from any thread.
  virtual int64_t compacted_seq() const = 0;
};

}  // namespace flywheel
