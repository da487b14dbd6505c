#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "tests/sim/history_check.h"
#include "tests/sim/sim_world.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

struct Seeds {
  uint64_t first = 1;
  uint64_t count = 300;
};

// FLYWHEEL_SIM_SEEDS=1000:5000 for a long night, 17:1 for one seed again.
Seeds ChosenSeeds() {
  Seeds seeds;
  if (const char* text = std::getenv("FLYWHEEL_SIM_SEEDS")) {
    const std::string chosen = text;
    const size_t colon = chosen.find(':');
    seeds.first = std::stoull(chosen);
    seeds.count = colon == std::string::npos ? 1 : std::stoull(chosen.substr(colon + 1));
  }
  return seeds;
}

// The artifacts of a campaign when nothing goes wrong.
std::vector<ArtifactRef> Undisturbed(const CampaignSpec& spec) {
  FakeJournal journal;
  FakeExecutor executor;
  FakeLink link;
  FakeClock clock;
  Loop loop({&journal, &executor, &link, &clock}, {});
  REQUIRE(loop.Boot().ok());
  REQUIRE(ObserveNow(loop, {Connected("w", 1, 64)}).ok());
  REQUIRE(SubmitNow(loop, CreateOf(spec)).ok());
  for (size_t next = 0; next < link.assigned.size(); ++next) {
    const FakeLink::Assigned assigned = link.assigned[next];
    AttemptFinished finished{assigned.to.worker,
                             AttemptOf(assigned.task.attempt),
                             assigned.fencing_token,
                             SimResult(assigned.task),
                             1,
                             0};
    REQUIRE(ObserveNow(loop, {finished}).ok());
  }
  REQUIRE(loop.snapshot()->Find(1)->phase == CampaignPhase::kSucceeded);
  return loop.snapshot()->Find(1)->artifacts;
}

std::map<std::string, std::string> ByName(const std::vector<ArtifactRef>& artifacts) {
  std::map<std::string, std::string> named;
  for (const ArtifactRef& artifact : artifacts) named[artifact.name] = artifact.digest;
  return named;
}

std::string Tail(const std::vector<Event>& events) {
  std::string tail;
  const size_t from = events.size() < 25 ? 0 : events.size() - 25;
  for (size_t i = from; i < events.size(); ++i) {
    tail += fmt::format("  #{} {} c{} {}\n", events[i].seq, events[i].time_ms, events[i].campaign,
                        events[i].why);
  }
  return tail;
}

TEST_CASE("whatever happens, every campaign ends and nothing runs or counts twice") {
  const Seeds seeds = ChosenSeeds();
  int crashes = 0;
  std::map<CampaignPhase, int> ends;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    SimWorld world({.seed = seed, .campaigns = 3, .faults = true, .adjust = {}});
    std::string failure;
    try {
      world.Run();
      failure = WrongInHistory(world.events());
    } catch (const SimFailure& broken) {
      failure = broken.what();
    }
    if (!failure.empty()) {
      FAIL("seed " << seed << ": " << failure << "\n" << Tail(world.events()));
    }
    INFO("seed " << seed);
    CHECK(world.state().campaigns.size() == 3);
    crashes += world.crashes();
    for (const auto& [id, campaign] : world.state().campaigns) {
      ++ends[campaign->phase];
      if (campaign->phase != CampaignPhase::kSucceeded) continue;
      CHECK(ByName(campaign->artifacts) == ByName(Undisturbed(campaign->spec)));
    }
  }
  // The world was rough, and yet most campaigns made it.
  if (seeds.count < 100) return;
  CHECK(crashes > static_cast<int>(seeds.count) * 5);
  CHECK(ends[CampaignPhase::kSucceeded] > static_cast<int>(seeds.count) * 3 / 2);
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
