#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <iostream>

#include "tests/sim/history_check.h"
#include "tests/sim/sim_run.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

// More of either, and one seed alone: flywheel-sim. Under sanitizers everything takes ten times as
// long.
#if defined(__SANITIZE_ADDRESS__) || defined(FLYWHEEL_TSAN)
constexpr uint64_t kRandomSeeds = 60;
constexpr uint64_t kDeadlySeeds = 2;
constexpr int64_t kDeadlyCrashes = 1'000;
#else
constexpr uint64_t kRandomSeeds = 1500;
constexpr uint64_t kDeadlySeeds = 40;
constexpr int64_t kDeadlyCrashes = 50'000;
#endif

SimTotals RunSeeds(uint64_t seeds, Crashes kind) {
  SimTotals totals;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const SimOutcome outcome = RunSimSeed(seed, kind);
    if (!outcome.failure.empty()) FAIL(outcome.failure);
    totals.Add(outcome);
  }
  std::cout << "sim: " << ToString(totals) << std::endl;
  return totals;
}

TEST_CASE("whatever happens, every campaign ends and nothing is lost, overlaps or counts twice") {
  SimTotals totals = RunSeeds(kRandomSeeds, Crashes::kAtRandom);
  CHECK(totals.crashes >= static_cast<int64_t>(kRandomSeeds));
  // The world was rough, and yet most campaigns made it.
  CHECK(totals.ends[CampaignPhase::kSucceeded] > totals.campaigns / 2);
  CHECK(totals.ends[CampaignPhase::kCancelled] > 0);
  CHECK(totals.ends[CampaignPhase::kFailed] > 0);
}

TEST_CASE("a daemon that dies at every event boundary brings every campaign to its end") {
  const SimTotals totals = RunSeeds(kDeadlySeeds, Crashes::kAtEveryAppend);
  CHECK(totals.crashes >= kDeadlyCrashes);
}

TEST_CASE("a seed alone is the same world again") {
  for (const uint64_t seed : {5U, 6U}) {
    std::vector<Event> before;
    for (int time = 0; time < 2; ++time) {
      SimOptions options;
      options.seed = seed;
      SimWorld world(options);
      world.Run();
      if (time == 0) before = world.events();
      CHECK(world.events() == before);
    }
  }
}

TEST_CASE("equal campaigns are served equally at any time") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    SimWorld world({.seed = seed,
                    .campaigns = 3,
                    .faults = false,
                    .hosts = 1,
                    .cpus_per_host = 1,
                    .adjust = [](CampaignSpec& spec) { spec.iterations = 4; }});
    double worst = 0;
    world.OnTurn([&](const LoopState& state) {
      if (state.campaigns.size() < 3) return;
      double least = 1e9;
      double most = 0;
      for (const auto& [id, campaign] : state.campaigns) {
        if (IsFinal(campaign->phase)) return;
        least = std::min(least, campaign->task_seconds);
        most = std::max(most, campaign->task_seconds);
      }
      worst = std::max(worst, most - least);
    });
    REQUIRE_NOTHROW(world.Run());
    // One task is at most 40 s: nobody is ever more than one task ahead, and one waiting.
    CHECK(worst <= 80);
    CHECK(WrongInHistory(world.events()).empty());
  }
}

}  // namespace
}  // namespace flywheel
