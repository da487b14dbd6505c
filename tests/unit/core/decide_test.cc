// What golden scripts (tests/golden/core) do not show: refusals one by one, clocks, boundaries.
#include "orchestrator/core/decide.h"

#include <catch2/catch.hpp>

#include "orchestrator/core/apply.h"
#include "orchestrator/core/outstanding.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_results.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

struct Fixture {
  Result<Decision> Take(const Input& input) {
    if (const auto* observation = std::get_if<Observation>(&input)) {
      Observe(state, *observation, now);
    }
    const Result<Decision> decision = Decide(state, input, now);
    if (decision.ok()) {
      for (const Event& event : decision->events) Apply(state, event);
    }
    return decision;
  }
  std::vector<Event> TakeTick() {
    ForgetSilent(state, now);
    return Take(Tick{})->events;
  }
  // A campaign whose prepare runs on w1 with token 1.
  void Running() {
    REQUIRE(Take(Command{CreateOf(SmallSpec("a"))}).ok());
    REQUIRE(Take(Observation{Connected("w1", 1)}).ok());
    TakeTick();
    REQUIRE(state.Find(1)->FindTask(prepare.task)->running() != nullptr);
  }
  AttemptFinished Finished(int64_t token) const {
    AttemptFinished finished;
    finished.worker = "w1";
    finished.attempt = prepare;
    finished.fencing_token = token;
    finished.outcome = FakeResult(state.Find(1)->FindTask(prepare.task)->spec, {});
    return finished;
  }
  const AttemptId prepare{{1, 0, Stage::kPrepare, 0}, 1};
  LoopState state;
  TimeMs now = 1'000'000;
};

TEST_CASE_METHOD(Fixture, "a request id is at most 128 characters") {
  CreateCampaign create = CreateOf(SmallSpec("a"));
  create.request_id = std::string(129, 'x');
  CHECK(Take(Command{create}).status().code() == StatusCode::kInvalidArgument);
  create.request_id.pop_back();
  CHECK(Take(Command{create}).ok());
}

TEST_CASE_METHOD(Fixture, "decisions change nothing by themselves") {
  Running();
  const LoopState before = state;
  REQUIRE(Decide(state, Command{CancelCampaign{1, ""}}, now).ok());
  REQUIRE(Decide(state, Observation{Finished(1)}, now).ok());
  CHECK(SameHistory(before, state));
  CHECK(before.workers == state.workers);
}

TEST_CASE_METHOD(Fixture, "a result counts once and only with its token") {
  Running();
  CHECK(Take(Observation{Finished(2)}).status().code() == StatusCode::kAborted);
  AttemptFinished unknown = Finished(1);
  unknown.attempt.attempt = 2;
  CHECK(Take(Observation{unknown}).status().code() == StatusCode::kNotFound);
  unknown.attempt = {{7, 0, Stage::kPrepare, 0}, 1};
  CHECK(Take(Observation{unknown}).status().code() == StatusCode::kNotFound);
  CHECK(Take(Observation{Finished(1)})->events.size() == 1);
  // Said again because the acknowledgement was lost: accepted again, nothing new.
  const Result<Decision> again = Take(Observation{Finished(1)});
  REQUIRE(again.ok());
  CHECK(again->events.empty());
  // The opposite of what counted is refused.
  AttemptFinished failed = Finished(1);
  failed.outcome = AttemptFailure{};
  CHECK(Take(Observation{failed}).status().code() == StatusCode::kAborted);
}

TEST_CASE_METHOD(Fixture, "time in events never goes back when the clock does") {
  Running();
  now -= 5000;
  REQUIRE(Take(Command{PauseCampaign{1, ""}}).ok());
  CHECK(state.last_time_ms == 1'000'000);
}

TEST_CASE_METHOD(Fixture, "leases count from the daemon's start after a restart") {
  Running();
  state.workers.clear();
  state.boot_ms = now + 3'600'000;
  now = state.boot_ms + state.config.lease_ms - 1;
  CHECK(TakeTick().empty());
  CHECK(Outstanding(state, Agenda(state), now).wake_ms == now + 1);
  ++now;
  const std::vector<Event> events = TakeTick();
  REQUIRE(events.size() == 1);
  CHECK(std::get<AttemptFailed>(events[0].kind).kind == FailureKind::kInfrastructure);
}

TEST_CASE_METHOD(Fixture,
                 "a worker that is heard keeps an attempt for its time limit and no longer") {
  Running();
  const TaskLimits limits = state.Find(1)->FindTask(prepare.task)->spec->limits;
  const TimeMs deadline =
      now + SecondsToMs(limits.time_limit_s) + SecondsToMs(limits.grace_s) + state.config.lease_ms;
  while (now < deadline) {
    CHECK(TakeTick().empty());
    REQUIRE(Outstanding(state, Agenda(state), now).wake_ms);
    now = std::min(now + 30'000, deadline);
    REQUIRE(Take(Observation{WorkerHeard{"w1", 1, {{prepare, 1}}}}).ok());
  }
  const std::vector<Event> events = TakeTick();
  REQUIRE(events.size() == 1);
  CHECK(std::get<AttemptFailed>(events[0].kind).reason.find("past its time limit") !=
        std::string::npos);
  CHECK(Outstanding(state, Agenda(state), now).stop.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an attempt that its worker does not mention for a lease is lost") {
  Running();
  for (int beat = 0; beat < 3; ++beat) {
    now += 20'000;
    REQUIRE(Take(Observation{WorkerHeard{"w1", 1, {}}}).ok());
    CHECK(TakeTick().size() == (beat < 2 ? 0 : 1));
  }
}

TEST_CASE_METHOD(Fixture, "what an older stream of a worker says is ignored") {
  Running();
  WorkerConnected back = Connected("w1", 5);
  back.hello.running = {{prepare, 1}};
  REQUIRE(Take(Observation{back}).ok());
  REQUIRE(Take(Observation{WorkerDisconnected{"w1", 1}}).ok());
  REQUIRE(Take(Observation{Connected("w1", 1)}).ok());
  CHECK(state.workers.at("w1").connected);
  CHECK(state.workers.at("w1").connection == 5);
  CHECK(TakeTick().empty());
  CHECK(Outstanding(state, Agenda(state), now).run.empty());
}

TEST_CASE_METHOD(Fixture, "an idle worker that disconnects is forgotten") {
  REQUIRE(Take(Observation{Connected("w1", 1)}).ok());
  REQUIRE(Take(Observation{WorkerDisconnected{"w1", 1}}).ok());
  CHECK(state.workers.empty());
}

TEST_CASE_METHOD(Fixture, "a create is refused like its check says") {
  REQUIRE(Take(Command{CreateOf(SmallSpec("a"))}).ok());
  CHECK(CheckCreate(state, CreateOf(SmallSpec("a"))).code() == StatusCode::kAlreadyExists);
  CHECK(CheckCreate(state, CreateOf(SmallSpec("b"))).ok());
  REQUIRE(Take(Command{CancelCampaign{1, ""}}).ok());
  TakeTick();
  CHECK(state.Find(1)->phase == CampaignPhase::kCancelled);
  CHECK(CheckCreate(state, CreateOf(SmallSpec("a"))).ok());
}

TEST_CASE("of several makers of one artifact the first runs again") {
  // As two analyses of the same champion make it.
  CampaignState campaign;
  campaign.id = 1;
  for (const int32_t number : {0, 1}) {
    Task task;
    task.id = {1, number, Stage::kAnalyze, 0};
    task.result.emplace();
    task.result->Edit().outputs = {{"analysis", "same", 1}};
    StageRun run;
    run.stage = Stage::kAnalyze;
    run.tasks.push_back(task);
    Iteration iteration;
    iteration.number = number;
    iteration.stages.push_back(run);
    campaign.iterations.push_back(iteration);
  }
  REQUIRE(MakerOf(campaign, "same") != nullptr);
  CHECK(MakerOf(campaign, "same")->id.iteration == 0);
  CHECK(MakerOf(campaign, "other") == nullptr);
}

}  // namespace
}  // namespace flywheel
