// What all parts of the fake world share: its time and plan, its random numbers, its options and
// the faults of its seed. Everything that happens is planned here and happens one after the other.
#pragma once

#include <algorithm>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "orchestrator/core/spec.h"
#include "orchestrator/core/time.h"
#include "tests/sim/sim_faults.h"

namespace flywheel {

// Something that must never happen has happened.
struct SimFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SimOptions {
  uint64_t seed = 1;
  Crashes crashes = Crashes::kAtRandom;
  int campaigns = 3;
  bool faults = true;  // without, the world only is random
  int32_t hosts = 2;
  int32_t cpus_per_host = 2;
  std::function<void(CampaignSpec&)> adjust;

  bool deadly() const { return crashes == Crashes::kAtEveryAppend; }
};

class Schedule {
 public:
  // 2026-01-01 00:00:00 UTC.
  TimeMs now_ms() const { return now_ms_; }
  void At(TimeMs when, std::function<void()> what) {
    plan_.push({std::max(when, now_ms_), ++order_, std::move(what)});
  }
  bool empty() const { return plan_.empty(); }
  void RunNext() {
    const Planned next = plan_.top();
    plan_.pop();
    now_ms_ = next.when;
    next.what();
  }

 private:
  struct Planned {
    TimeMs when;
    int64_t order;
    std::function<void()> what;
    bool operator<(const Planned& other) const {
      return std::tie(when, order) > std::tie(other.when, other.order);
    }
  };
  std::priority_queue<Planned> plan_;
  int64_t order_ = 0;
  TimeMs now_ms_ = 1'767'225'600'000;
};

struct SimEnvironment {
  explicit SimEnvironment(SimOptions given)
      : options(std::move(given)),
        faults(options.faults ? DrawFaults(options.seed, options.crashes) : SimFaults{}),
        rng(options.seed) {
    // A daemon that dies at every append needs longer.
    constexpr TimeMs kChaosMs = 900'000;
    constexpr TimeMs kDeadlyChaosMs = 24 * 3'600'000;
    chaos_end_ms = now_ms() + (options.deadly() ? kDeadlyChaosMs : kChaosMs);
  }

  TimeMs now_ms() const { return schedule.now_ms(); }
  void After(TimeMs delay, std::function<void()> what) {
    schedule.At(now_ms() + delay, std::move(what));
  }
  TimeMs Delay(TimeMs low, TimeMs high) { return rng.Between(low, high); }
  bool chaos() const { return options.faults && now_ms() < chaos_end_ms; }
  bool Has(Fault fault) const { return chaos() && faults.kinds.contains(fault); }

  const SimOptions options;
  const SimFaults faults;
  Rng rng;
  Schedule schedule;
  TimeMs chaos_end_ms = 0;
};

}  // namespace flywheel
