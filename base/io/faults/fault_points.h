// What goes wrong in a build with fault points: every write, fsync, rename, SQLite commit and RPC
// can fail, do its work and report failure, or be the last thing the process does; by rate and
// seed, or at one counted point. Decides only: the seams beside it (disk_calls.cc, and the faults
// folders of the store, the API and the agent) carry it out. No product build links any of this.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

enum class FaultPoint { kWrite, kSync, kRename, kCommit, kCall };
inline constexpr size_t kFaultPoints = 5;

enum class Fault {
  kNone,
  kFail,      // report failure, having done nothing
  kFailLate,  // do it, and report failure
  kKill,      // SIGKILL to this process before it, or in the middle of a write
  kKillLate,  // do it, then SIGKILL
};

struct FaultRates {
  uint64_t seed = 0;
  std::array<double, kFaultPoints> rates = {};  // by FaultPoint, 0 to 1
  double late = 0;                              // share of faults that are kFailLate
  struct Counted {
    FaultPoint point = FaultPoint::kWrite;
    int64_t number = 0;  // of the points of this kind in the process, from 1; 0: never
  };
  Counted fail_at;
  Counted late_at;
  Counted kill_at;
  Counted kill_after;
  std::string only;  // the one program that has faults; empty: all
};

// "seed=7,write=0.001,fsync=0.001,rename=0.001,commit=0.002,rpc=0.01,late=0.5" and
// "fail_at=fsync:1", "late_at=...", "kill_at=rename:3", "kill_after=commit:2", "only=flywheeld".
// INVALID_ARGUMENT names the item and what was expected. Empty: no faults.
Result<FaultRates> ParseFaultRates(std::string_view text);

class FaultPoints {
 public:
  explicit FaultPoints(FaultRates rates) : rates_(std::move(rates)) {}

  // What becomes of the next point of this kind. The answers depend on the seed, the kind and how
  // many of the kind came before, on nothing else. Any thread.
  Fault Next(FaultPoint point);

 private:
  const FaultRates rates_;
  std::array<std::atomic<int64_t>, kFaultPoints> counts_ = {};
};

// "write", "fsync", "rename", "commit", "rpc".
std::string_view FaultPointName(FaultPoint point);

// Asks the process's own FaultPoints and says every fault on stderr. They come from FLYWHEEL_FAULTS
// at the first use; the seed is mixed with the pid, or a restarted process would meet the same
// faults for ever. A value that is wrong ends the process with exit code 2.
Fault NextFault(FaultPoint point);

// Carries out a kKill or kKillLate: SIGKILL.
[[noreturn]] void KillThisProcess();

// Replaces the process's FaultPoints by silent ones: for tests. They stay allocated.
void SetFaults(FaultRates rates);

}  // namespace flywheel
