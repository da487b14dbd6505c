// Follows one campaign's events from its beginning to its end and shows them; goes on where it was
// when the daemon goes away for a while.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "clients/cli/client.h"
#include "clients/cli/interrupts.h"

namespace flywheel {

enum class WatchEnd { kCampaignEnded, kInterrupted };

struct WatchTarget {
  // Asked again after every interruption: a daemon may come back elsewhere.
  std::function<std::string()> address;
  // "campaigns/c7".
  std::string campaign;
  // Brings the daemon back, or waits for it; false: it was not there yet. A failure ends the watch.
  std::function<Result<bool>()> recover;
};

// `fd` is where people read. An interrupt ends the watch and nothing else.
Result<WatchEnd> WatchCampaign(const WatchTarget& target, int fd, Interrupts* interrupts);

// For daemons that somebody else starts: tries for a minute, then fails.
std::function<Result<bool>()> WaitForDaemon(const std::string& address, Interrupts* interrupts);

}  // namespace flywheel
