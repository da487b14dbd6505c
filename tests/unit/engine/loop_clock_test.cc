// What the loop makes of time: clocks that jump between two lives of the daemon, workers that are
// silent for a while.
#include <catch2/catch.hpp>
#include <optional>

#include "orchestrator/engine/loop.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_journal.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

constexpr TimeMs kDayMs = 24 * 3'600'000;
constexpr TimeMs kBeatMs = 10'000;

// One campaign whose first task runs on w1.
struct Fixture {
  Fixture() {
    Restart();
    CampaignSpec spec = SmallSpec("a");
    spec.stages.prepare.limits.time_limit_s = 300;
    REQUIRE(SubmitNow(*loop, CreateOf(std::move(spec))).ok());
    REQUIRE(ObserveNow(*loop, {Connected("w1", 1)}).ok());
    REQUIRE(link.assigned.size() == 1);
  }

  void Restart() {
    loop.emplace(LoopPorts{&journal, &executor, &link, &clock}, LoopConfig{});
    REQUIRE(loop->Boot().ok());
  }

  std::optional<TimeMs> Turn() {
    const auto wake = loop->TakeTurn({});
    REQUIRE(wake.ok());
    return *wake;
  }

  HeldAttempt Held() const {
    return {AttemptOf(link.assigned[0].task.attempt), link.assigned[0].fencing_token};
  }

  AttemptState StateOfFirst() const {
    const AttemptId id = Held().attempt;
    return loop->snapshot()->Find(1)->FindTask(id.task)->attempts.front().state;
  }

  FakeJournal journal;
  FakeExecutor executor;
  FakeLink link;
  FakeClock clock;
  std::optional<Loop> loop;
};

TEST_CASE_METHOD(Fixture, "a clock that was set back before a restart delays nothing") {
  AttemptFinished failed{"w1", Held().attempt, Held().fencing_token, {}, 1, 0};
  failed.outcome = AttemptFailure{.exit_code = 75, .reason = "try again"};
  REQUIRE(ObserveNow(*loop, {failed}).ok());
  clock.now_ms -= kDayMs;
  Restart();
  REQUIRE(ObserveNow(*loop, {Connected("w1", 1)}).ok());
  const auto wake = Turn();
  REQUIRE(wake);
  CHECK(*wake > clock.now_ms);
  CHECK(*wake < clock.now_ms + 60'000);
  clock.now_ms = *wake;
  Turn();
  CHECK(link.assigned.size() == 2);
  CHECK(journal.events().back().time_ms > clock.now_ms);
}

TEST_CASE_METHOD(Fixture, "after a clock was set back a worker is silent only after a lease") {
  clock.now_ms -= kDayMs;
  Restart();
  WorkerConnected back = Connected("w1", 1);
  back.hello.running = {Held()};
  REQUIRE(ObserveNow(*loop, {back}).ok());
  clock.now_ms += LoopConfig{}.lease_ms - 1;
  Turn();
  CHECK(StateOfFirst() == AttemptState::kRunning);
  clock.now_ms += 1;
  Turn();
  CHECK(StateOfFirst() == AttemptState::kFailed);
}

TEST_CASE_METHOD(Fixture, "a clock that jumps ahead before a restart uses up no time limit") {
  clock.now_ms += kDayMs;
  Restart();
  WorkerConnected back = Connected("w1", 1);
  back.hello.running = {Held()};
  REQUIRE(ObserveNow(*loop, {back}).ok());
  for (TimeMs passed = 0; passed < 300'000; passed += kBeatMs) {
    clock.now_ms += kBeatMs;
    REQUIRE(ObserveNow(*loop, {WorkerHeard{"w1", 1, {Held()}}}).ok());
  }
  CHECK(StateOfFirst() == AttemptState::kRunning);
}

TEST_CASE_METHOD(Fixture, "a worker that fell silent may not have read its assignment yet") {
  // A heartbeat that was on its way when it was given the task.
  clock.now_ms += kBeatMs;
  REQUIRE(ObserveNow(*loop, {WorkerHeard{"w1", 1, {}}}).ok());
  clock.now_ms += LoopConfig{}.lease_ms - 1;
  Turn();
  CHECK(StateOfFirst() == AttemptState::kRunning);
  clock.now_ms += 1;
  const auto wake = Turn();
  CHECK(StateOfFirst() == AttemptState::kFailed);
  // It may begin it still: nothing else is given to it.
  REQUIRE(wake);
  clock.now_ms = *wake;
  Turn();
  CHECK(link.assigned.size() == 1);
}

}  // namespace
}  // namespace flywheel
