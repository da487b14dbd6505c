// The processes below this one, as /proc shows them: how much memory they hold, and how to end them
// all, daemonised ones too. Polls; where cgroups do this better, they are not used here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace flywheel {

struct ProcessStat {
  int64_t pid = 0;
  int64_t parent = 0;
  char state = 0;  // 'R', 'S', 'Z', ...
  int64_t start_time = 0;
  int64_t resident_bytes = 0;

  bool ended() const { return state == 'Z' || state == 'X'; }
};

// NOT_FOUND when there is no such process.
Result<ProcessStat> ReadProcessStat(int64_t pid);

// All below `root`, zombies included, `root` not.
std::vector<ProcessStat> Descendants(int64_t root);

// Resident memory of all below `root`. Where the plain sum is above `enough`, shared pages are
// counted once (the kernel's proportional share), which costs more to find out.
int64_t DescendantMemory(int64_t root, int64_t enough);

// From now on orphans below this process become its children, so that nothing escapes it.
Status BecomeSubreaper();

// Reaps children of this process that were orphans of its descendants and have ended; `spare`,
// whose end its owner waits for, is left alone.
void ReapOrphans(int64_t spare);

// Kills every process of this machine whose environment holds "NAME=value": what a supervisor that
// died has left behind, wherever it went. Returns how many were found.
int KillMarked(const std::string& name, const std::string& value);

// Kills and reaps everything below this process, again and again until nothing is left. Only for a
// subreaper whose every child may die. DEADLINE_EXCEEDED names what is still there after
// `timeout_s`.
Status KillDescendants(double timeout_s);

}  // namespace flywheel
