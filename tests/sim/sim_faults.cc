#include "tests/sim/sim_faults.h"

#include <fmt/format.h>

#include <algorithm>

namespace flywheel {
namespace {

constexpr int kMost = 5;
// Every seed has this many events at least.
constexpr int64_t kLastCrashSeq = 60;
// The real journal is slower: a share of the seeds runs on it.
constexpr uint64_t kSqliteShare = 5;

const char* Name(Fault fault) {
  switch (fault) {
    case Fault::kTasksFail:
      return "tasks fail";
    case Fault::kWorkersDie:
      return "workers die";
    case Fault::kStreamsBreak:
      return "streams break";
    case Fault::kWorkersFreeze:
      return "workers freeze";
    case Fault::kDoubled:
      return "messages doubled";
    case Fault::kDelayed:
      return "messages delayed";
    case Fault::kReordered:
      return "streams reordered";
    case Fault::kSlowDisk:
      return "slow disk";
    case Fault::kFullDisk:
      return "full disk";
    case Fault::kClockJumps:
      return "clock jumps";
    case Fault::kZombies:
      return "zombies";
  }
  return "?";
}

const char* Name(Death death) {
  switch (death) {
    case Death::kNone:
      return "none";
    case Death::kTorn:
      return "torn";
    case Death::kAnswerLost:
      return "answer lost";
    case Death::kUnsaid:
      return "unsaid";
    case Death::kBetweenTurns:
      return "between turns";
  }
  return "?";
}

}  // namespace

SimFaults DrawFaults(uint64_t seed, Crashes crashes) {
  Rng rng(DeriveSeed(seed, "faults"));
  SimFaults faults;
  if (seed % kSqliteShare == 0) faults.storage = Storage::kSqlite;
  const auto kinds = static_cast<size_t>(rng.Between(1, kMost));
  while (faults.kinds.size() < kinds) faults.kinds.insert(static_cast<Fault>(rng.Below(kFaults)));
  if (crashes == Crashes::kAtEveryAppend) return faults;
  const int64_t points = rng.Between(1, kMost);
  for (int64_t i = 0; i < points; ++i) {
    const auto death = static_cast<Death>(rng.Between(1, 4));
    faults.crash_points.push_back({.seq = rng.Between(1, kLastCrashSeq), .death = death});
  }
  std::sort(faults.crash_points.begin(), faults.crash_points.end());
  return faults;
}

std::string Describe(const SimFaults& faults) {
  std::string text = faults.storage == Storage::kSqlite ? "power cuts" : "in memory";
  for (const Fault kind : faults.kinds) text += fmt::format(", {}", Name(kind));
  for (const CrashPoint& point : faults.crash_points) {
    text += fmt::format(", crash at {} ({})", point.seq, Name(point.death));
  }
  return text;
}

}  // namespace flywheel
