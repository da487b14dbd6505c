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
constexpr int64_t kCrashes = 1'000;
#else
constexpr uint64_t kRandomSeeds = 600;
constexpr uint64_t kDeadlySeeds = 30;
constexpr int64_t kCrashes = 50'000;
#endif

TEST_CASE("whatever happens, every campaign ends and nothing runs or counts twice") {
  int64_t crashes = 0;
  int64_t events = 0;
  std::map<CampaignPhase, int> ends;
  const auto run = [&](uint64_t seeds, Crashes kind) {
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
      const SimOutcome outcome = RunSimSeed(seed, kind);
      if (!outcome.failure.empty()) FAIL(outcome.failure);
      crashes += outcome.crashes;
      events += outcome.events;
      for (const auto& [phase, count] : outcome.ends) ends[phase] += count;
    }
  };
  run(kRandomSeeds, Crashes::kAtRandom);
  run(kDeadlySeeds, Crashes::kAtEveryAppend);
  int campaigns = 0;
  for (const auto& [phase, count] : ends) campaigns += count;
  std::cout << fmt::format("sim: {} campaigns, {} events, {} crashes\n", campaigns, events,
                           crashes);
  CHECK(crashes >= kCrashes);
  // The world was rough, and yet most campaigns made it.
  CHECK(ends[CampaignPhase::kSucceeded] > campaigns / 2);
  CHECK(ends[CampaignPhase::kCancelled] > 0);
  CHECK(ends[CampaignPhase::kFailed] > 0);
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
    world.on_turn = [&](const LoopState& state) {
      if (state.campaigns.size() < 3) return;
      double least = 1e9;
      double most = 0;
      for (const auto& [id, campaign] : state.campaigns) {
        if (IsFinal(campaign->phase)) return;
        least = std::min(least, campaign->task_seconds);
        most = std::max(most, campaign->task_seconds);
      }
      worst = std::max(worst, most - least);
    };
    REQUIRE_NOTHROW(world.Run());
    // One task is at most 40 s: nobody is ever more than one task ahead, and one waiting.
    CHECK(worst <= 80);
    CHECK(WrongInHistory(world.events()).empty());
  }
}

}  // namespace
}  // namespace flywheel
