// What must be true of every journal, whatever happened while it was written.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/event.h"

namespace flywheel {

// Empty, or the first thing that is wrong:
// * numbers without gaps, time that never goes back;
// * a campaign's first event is its creation, its end the last;
// * an attempt starts once, with a fencing token that grows, and ends at most once;
// * a task's attempts are numbered from 1 and follow each other, after a success there is none;
// * nothing starts while a campaign is paused or being cancelled;
// * a cancelled campaign ends CANCELLED; one fails only for a reason that its policies give.
std::string WrongInHistory(const std::vector<Event>& events);

}  // namespace flywheel
