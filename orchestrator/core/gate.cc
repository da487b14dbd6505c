#include "orchestrator/core/gate.h"

#include <fmt/format.h>

namespace flywheel {
namespace {

std::string Counts(const PairedTest& test) {
  return fmt::format("{} questions fixed, {} broken of {}", test.fixed, test.broken, test.n);
}

}  // namespace

double AlphaOfLook(const CampaignSpec& spec) { return spec.gate.alpha / spec.iterations; }

GateVerdict DecideGate(const CampaignState& campaign, int32_t iteration) {
  if (iteration <= 1) {
    return {.verdict = "baseline",
            .test = {},
            .p_value = 1,
            .reason = "the base model is the first champion"};
  }
  const StageRun* run = campaign.iterations[static_cast<size_t>(iteration)]->Find(Stage::kEvaluate);
  const TaskResult* judged = run == nullptr ? nullptr : run->ResultOf("judge");
  GateVerdict verdict;
  if (judged != nullptr && judged->evaluation) verdict.test = judged->evaluation->gate;
  if (verdict.test) verdict.p_value = verdict.test->p_value;
  const std::string numbers =
      verdict.test ? fmt::format(": {}, p = {:.4g}", Counts(*verdict.test), verdict.p_value) : "";
  if (campaign.spec->gate.policy == GatePolicy::kAlwaysPromote) {
    verdict.verdict = "promoted";
    verdict.reason = "the policy promotes every candidate" + numbers;
    return verdict;
  }
  const double alpha = AlphaOfLook(campaign.spec);
  if (!verdict.test) {
    verdict.verdict = "rejected";
    verdict.reason = "the judge handed back no paired test on the gate split";
    return verdict;
  }
  const bool better = verdict.test->n > 0 && verdict.p_value <= alpha;
  verdict.verdict = better ? "promoted" : "rejected";
  verdict.reason = fmt::format("{} the champion on the gate split{}, {} {:.4g}",
                               better ? "better than" : "not shown to be better than", numbers,
                               better ? "within this look's" : "above this look's", alpha);
  return verdict;
}

}  // namespace flywheel
