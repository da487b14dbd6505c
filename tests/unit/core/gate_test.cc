#include "orchestrator/core/gate.h"

#include <catch2/catch.hpp>

#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

// A campaign whose iteration 2 was judged with this test.
CampaignState Judged(std::optional<PairedTest> test) {
  CampaignState campaign;
  campaign.spec = SmallSpec("a");
  campaign.iterations.resize(3);
  TaskResult result;
  result.evaluation = EvaluationSummary{"mean", {}, test};
  StageRun run;
  run.stage = Stage::kEvaluate;
  Task task;
  task.spec.Edit().kind = "judge";
  task.result.emplace(result);
  run.tasks.push_back(task);
  campaign.iterations[2].Edit().stages.push_back(run);
  return campaign;
}

TEST_CASE("the first model is the baseline") {
  CHECK(DecideGate(Judged({}), 1).verdict == "baseline");
}

TEST_CASE("alpha is shared equally over the looks and its bound is included") {
  CampaignState campaign = Judged(PairedTest{90, 20, 5, 0.05});
  campaign.spec.Edit().iterations = 2;
  campaign.spec.Edit().gate.alpha = 0.1;
  CHECK(AlphaOfLook(campaign.spec) == 0.05);
  CHECK(DecideGate(campaign, 2).verdict == "promoted");
  campaign.spec.Edit().iterations = 3;
  const GateVerdict verdict = DecideGate(campaign, 2);
  CHECK(verdict.verdict == "rejected");
  CHECK(verdict.p_value == 0.05);
  CHECK(verdict.test->fixed == 20);
}

TEST_CASE("without a test nothing is promoted, unless the policy promotes everything") {
  CampaignState campaign = Judged({});
  CHECK(DecideGate(campaign, 2).verdict == "rejected");
  campaign.spec.Edit().gate.policy = GatePolicy::kAlwaysPromote;
  CHECK(DecideGate(campaign, 2).verdict == "promoted");
  CHECK(DecideGate(campaign, 2).p_value == 1);
}

TEST_CASE("a test on no question promotes nothing") {
  CHECK(DecideGate(Judged(PairedTest{0, 0, 0, 0}), 2).verdict == "rejected");
}

}  // namespace
}  // namespace flywheel
