// What must be true of every journal, whatever happened while it was written. Taken event by event,
// so that the first wrong one is found when it is written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/core/event.h"

namespace flywheel {

// Of a journal from its first event on:
// * numbers without gaps, time that never goes back;
// * a campaign's first event is its creation, its end the last;
// * an attempt starts once, with a fencing token that grows, and ends at most once;
// * a task's attempts are numbered from 1 and follow each other, after a success there is none;
// * nothing starts while a campaign is paused or being cancelled;
// * a cancelled campaign ends CANCELLED; one fails only for a reason that its policies give.
class HistoryCheck {
 public:
  // Empty, or what is wrong with the next event.
  std::string Take(const Event& event);

 private:
  struct TaskHistory {
    int32_t attempts = 0;
    bool running = false;
    bool succeeded = false;
    std::map<FailureKind, int32_t> failures;
  };
  struct CampaignHistory {
    CampaignSpec spec;
    CampaignPhase phase = CampaignPhase::kUnspecified;
    std::map<TaskId, TaskHistory> tasks;
    bool failed_by_rule = false;  // a task has no further attempt
  };
  struct Checker;

  int64_t seq_ = 0;
  TimeMs time_ms_ = 0;
  int64_t token_ = 0;
  std::map<int64_t, CampaignHistory> campaigns_;
};

// Empty, or the first thing that is wrong.
std::string WrongInHistory(const std::vector<Event>& events);

}  // namespace flywheel
