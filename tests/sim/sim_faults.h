// What goes wrong in one seed of the fake world: drawn once, at its beginning, and said in one line
// when something fails. When each thing happens is drawn as the world goes on.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"

namespace flywheel {

enum class Crashes {
  kAtRandom,       // at 1 to 5 event boundaries
  kAtEveryAppend,  // at every event boundary: three of four appends die, the fourth dies later
};

// How the daemon dies at an event boundary.
enum class Death {
  kNone,
  kTorn,          // in the append: nothing is kept, or the power went in the middle of it
  kAnswerLost,    // all of it is kept, but the daemon was not told
  kUnsaid,        // after the append, before anybody was told
  kBetweenTurns,  // after everybody was told
};

enum class Fault {
  kTasksFail,      // far more of them, and far more often, than usual
  kWorkersDie,     // with their task, noticed or not
  kStreamsBreak,   // what was under way is lost
  kWorkersFreeze,  // the stream stays, nothing is said
  kDoubled,        // what a worker says arrives twice
  kDelayed,        // messages are under way for seconds
  kReordered,      // a broken stream's last words, and its end, come after the next one's hello
  kSlowDisk,       // an append takes seconds
  kFullDisk,       // RESOURCE_EXHAUSTED for a while, then there is room again
  kClockJumps,     // the daemon comes back with its clock up to a day wrong
  kZombies,        // a worker of another history: names that exist, fencing tokens that do not
};
inline constexpr int kFaults = 11;

// What the journal lies on.
enum class Storage {
  kMemory,
  kSqlite,  // the real one, on a disk whose power is cut at crashes
};

struct CrashPoint {
  int64_t seq = 0;  // the first boundary at or after this event
  Death death = Death::kNone;
  bool operator<(const CrashPoint& other) const { return seq < other.seq; }
};

struct SimFaults {
  Storage storage = Storage::kMemory;
  std::set<Fault> kinds;                 // 1 to 5 of them
  std::vector<CrashPoint> crash_points;  // 1 to 5, in order
};

SimFaults DrawFaults(uint64_t seed, Crashes crashes);

std::string Describe(const SimFaults& faults);

}  // namespace flywheel
