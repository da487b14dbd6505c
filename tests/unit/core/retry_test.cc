#include "orchestrator/core/retry.h"

#include <catch2/catch.hpp>

#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

struct Fixture {
  Fixture() {
    campaign.spec = SmallSpec("a");
    StagePolicy& policy = campaign.spec.Edit().stages.train;
    policy.max_attempts = 4;
    policy.max_infrastructure_failures = 2;
    policy.backoff_initial_s = 8;
    policy.backoff_max_s = 20;
    task.id = {1, 2, Stage::kTrain, 0};
    task.attempts.push_back({.number = 1});
  }
  // The running attempt failed, the next one runs.
  void Fail(FailureKind kind) {
    task.attempts.back().state = AttemptState::kFailed;
    task.attempts.back().failure = kind;
    task.attempts.push_back({.number = static_cast<int32_t>(task.attempts.size()) + 1});
  }
  CampaignState campaign;
  Task task;
};

TEST_CASE("exit codes say who is to blame") {
  StagePolicy policy;
  const auto kind = [&](int32_t exit) {
    return Classify({.exit_code = exit, .signal = 0, .reason = ""}, policy);
  };
  CHECK(kind(64) == FailureKind::kPermanent);
  CHECK(kind(65) == FailureKind::kPermanent);
  CHECK(kind(69) == FailureKind::kPermanent);
  CHECK(kind(70) == FailureKind::kTask);
  CHECK(kind(75) == FailureKind::kInfrastructure);
  CHECK(kind(1) == FailureKind::kTask);
  CHECK(Classify({.exit_code = 0, .signal = 9, .reason = ""}, policy) == FailureKind::kTask);
  CHECK(Classify({.exit_code = 0, .signal = 0, .reason = "", .infrastructure = true}, policy) ==
        FailureKind::kInfrastructure);
  CHECK(Classify({.exit_code = 65, .signal = 0, .reason = "", .cancelled = true}, policy) ==
        FailureKind::kInfrastructure);
  // A stage may say itself what it is not worth to try again.
  policy.final_exit_codes = {3};
  CHECK(kind(3) == FailureKind::kPermanent);
  CHECK(kind(65) == FailureKind::kTask);
  CHECK(kind(75) == FailureKind::kInfrastructure);
  policy.final_exit_codes.emplace();
  CHECK(kind(3) == FailureKind::kTask);
}

TEST_CASE_METHOD(Fixture, "back-off doubles up to its bound with jitter from half to the whole") {
  const double expected[] = {8, 16, 20};
  for (const double whole : expected) {
    const Retry retry = DecideRetry(campaign, task, FailureKind::kTask, 1000);
    REQUIRE(retry.at_ms);
    CHECK(*retry.at_ms - 1000 >= SecondsToMs(whole / 2));
    CHECK(*retry.at_ms - 1000 <= SecondsToMs(whole));
    CHECK(DecideRetry(campaign, task, FailureKind::kTask, 1000).at_ms == retry.at_ms);
    Fail(FailureKind::kTask);
  }
  CHECK_FALSE(DecideRetry(campaign, task, FailureKind::kTask, 1000).at_ms);
}

TEST_CASE_METHOD(Fixture, "failures of the machine are counted apart from those of the task") {
  Fail(FailureKind::kTask);
  Fail(FailureKind::kTask);
  CHECK(DecideRetry(campaign, task, FailureKind::kInfrastructure, 0).at_ms);
  Fail(FailureKind::kInfrastructure);
  CHECK_FALSE(DecideRetry(campaign, task, FailureKind::kInfrastructure, 0).at_ms);
  CHECK(DecideRetry(campaign, task, FailureKind::kTask, 0).at_ms);
}

TEST_CASE_METHOD(Fixture,
                 "a permanent failure is not tried again, a stop of a paused campaign at once") {
  CHECK_FALSE(DecideRetry(campaign, task, FailureKind::kPermanent, 0).at_ms);
  CHECK(DecideRetry(campaign, task, FailureKind::kStopped, 7).at_ms == 7);
}

}  // namespace
}  // namespace flywheel
