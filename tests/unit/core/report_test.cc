#include "orchestrator/core/report.h"

#include <catch2/catch.hpp>

#include "base/rng.h"
#include "orchestrator/core/apply.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/journal_conformance.h"

namespace flywheel {
namespace {

TEST_CASE("a report can be made of a campaign that has done nothing") {
  LoopState state;
  Apply(state, EventOf(1, 1, CampaignCreated{SmallSpec("a"), "", ""}));
  const CampaignReport report = MakeReport(*state.Find(1), 1'767'225'600'001 + 2500);
  CHECK(report.campaign == 1);
  CHECK(report.display_name == "a");
  CHECK(report.state == CampaignPhase::kRunning);
  CHECK(report.state_reason.empty());
  CHECK(report.total_seconds == 2.5);
  CHECK(report.iterations.empty());
  CHECK_FALSE(report.prepare);
  CHECK(WhereIs(*state.Find(1)).stage.empty());
}

TEST_CASE("seconds of a stage that runs count up to now, of an ended campaign to its end") {
  LoopState state;
  Apply(state, EventOf(1, 1, CampaignCreated{SmallSpec("a"), "", ""}));
  TaskSpec task;
  task.kind = "prepare";
  Apply(state, EventOf(2, 1, StageStarted{0, Stage::kPrepare, {task}}));
  const TimeMs start = 1'767'225'600'002;
  CHECK(MakeReport(*state.Find(1), start + 1500).seconds.prepare == 1.5);
  CHECK(WhereIs(*state.Find(1)).reason == "1 of 1 tasks wait for a worker");
  Event end = EventOf(3, 1, CampaignEnded{CampaignPhase::kCancelled});
  end.time_ms = start + 700;
  Apply(state, end);
  CHECK(MakeReport(*state.Find(1), start + 9999).seconds.prepare == 0.7);
  CHECK(MakeReport(*state.Find(1), start + 9999).state_reason == "event 3");
}

TEST_CASE("applying events in any order, with any holes, never fails") {
  const std::vector<Event> all = EveryKindOfEvent();
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::vector<Event> events = all;
    Rng rng(seed);
    rng.Shuffle(events);
    LoopState state;
    for (const Event& event : events) {
      if (rng.Chance(0.8)) Apply(state, event);
      if (rng.Chance(0.1)) ApplyUnreadable(state, event.seq, event.campaign, "spoiled");
    }
    for (const auto& [id, campaign] : state.campaigns) {
      CHECK(MakeReport(*campaign, state.last_time_ms).campaign == id);
    }
  }
}

}  // namespace
}  // namespace flywheel
