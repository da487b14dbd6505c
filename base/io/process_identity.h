// A process for ever: pids are used again; pid, start time and boot together are not. For those who
// must find a process again that another life of theirs has started.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace flywheel {

struct ProcessIdentity {
  int64_t pid = 0;
  int64_t start_time = 0;  // clock ticks since boot
  std::string boot_id;
  bool operator==(const ProcessIdentity&) const = default;
};

// NOT_FOUND when there is no such process.
Result<ProcessIdentity> IdentifyProcess(int64_t pid);
// False when it has ended (a zombie has), or the pid is another process now.
bool IsRunning(const ProcessIdentity& process);
// Sends the signal to that process and to no other. NOT_FOUND when it has ended.
Status SignalProcess(const ProcessIdentity& process, int signal);

}  // namespace flywheel
