// The journal: the one durable memory of the daemon. Implementations must pass
// tests/support/journal_conformance.h. It knows nothing of what the events mean.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/event.h"

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

class Journal {
 public:
  virtual ~Journal() = default;

  // All of the batch is durable when this returns OK; none of it will ever be seen when it does
  // not. The first seq must be last_seq() + 1, the others follow without gaps: INTERNAL otherwise.
  // RESOURCE_EXHAUSTED: the disk is full. Called by one thread.
  virtual Status Append(std::span<const Event> events) = 0;

  // Everything in order of seq. Stops at the visitor's first failure and returns it.
  virtual Status Replay(const std::function<Status(const JournalEntry&)>& visit) = 0;

  // A page in order of seq; fewer than `limit` events mean that there are no more now. Events that
  // cannot be read are left out. Safe from any thread.
  virtual Result<std::vector<Event>> Read(const EventQuery& query) = 0;

  // 0 when empty. Safe from any thread.
  virtual int64_t last_seq() const = 0;
};

}  // namespace flywheel
