// The workers of a state directory on this machine and how to end them when the daemon is gone.
// They are known by the records that the daemon leaves in STATE/workers/ID/process.json and,
// because a daemon can be killed before it has written one, by their command lines.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/io/process_identity.h"

namespace flywheel {

// Those that run now.
std::vector<ProcessIdentity> RunningWorkers(const std::string& state_dir);

// SIGTERM, time to stop their tasks, then SIGKILL; at once SIGKILL when `hurry` says so, which is
// asked a few times a second. Returns when all have ended.
void StopProcesses(const std::vector<ProcessIdentity>& processes,
                   const std::function<bool()>& hurry);

// Whether the process ended within the time.
bool WaitForEnd(const ProcessIdentity& process, double timeout_s);

}  // namespace flywheel
