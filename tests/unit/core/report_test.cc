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

TEST_CASE("idle time is what lies outside every task process") {
  LoopState state;
  const auto at = [&state](int64_t seq, TimeMs after_ms, EventKind kind) {
    Event event = EventOf(seq, 1, std::move(kind));
    event.time_ms = 1'767'225'600'000 + after_ms;
    Apply(state, event);
  };
  at(1, 0, CampaignCreated{SmallSpec("a"), "", ""});
  TaskSpec task;
  task.kind = "score";
  at(2, 0, StageStarted{0, Stage::kPrepare, {task, task}});
  const AttemptId first = {{1, 0, Stage::kPrepare, 0}, 1};
  const AttemptId second = {{1, 0, Stage::kPrepare, 1}, 1};
  at(3, 1000, AttemptStarted{first, "w1", 1});
  at(4, 1000, AttemptStarted{second, "w2", 2});
  // The first ran from 1.5 to 4 s, the second from 2 to 6 s; the report is asked for at 10 s.
  at(5, 4000, AttemptSucceeded{first, {}, 2.5});
  at(6, 6000, AttemptSucceeded{second, {}, 4});
  const CampaignReport report = MakeReport(*state.Find(1), 1'767'225'600'000 + 10'000);
  CHECK(report.total_seconds == Approx(10));
  CHECK(report.idle_seconds == Approx(1.5 + 4));
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
