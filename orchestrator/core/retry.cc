#include "orchestrator/core/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace flywheel {
namespace {

// What the same input would end with again.
const std::vector<int32_t> kFinalExitCodes = {static_cast<int32_t>(TaskExit::kBadTask),
                                              static_cast<int32_t>(TaskExit::kBadData),
                                              static_cast<int32_t>(TaskExit::kResourceMissing)};

bool IsExit(const AttemptFailure& failure, TaskExit code) {
  return failure.signal == 0 && failure.exit_code == static_cast<int32_t>(code);
}

// Since its last success: a task that runs again has all its tries.
int32_t FailuresOf(const Task& task, FailureKind kind) {
  const auto success = std::find_if(
      task.attempts.rbegin(), task.attempts.rend(),
      [](const Attempt& attempt) { return attempt.state == AttemptState::kSucceeded; });
  return static_cast<int32_t>(
      std::count_if(success.base(), task.attempts.end(), [&](const Attempt& attempt) {
        return attempt.state == AttemptState::kFailed && attempt.failure == kind;
      }));
}

TimeMs Delay(const CampaignState& campaign, const Task& task, int32_t failures) {
  const StagePolicy& policy = campaign.spec->stages.Of(task.id.stage);
  const double grown = policy.backoff_initial_s * std::exp2(std::min(failures - 1, 30));
  Rng rng(DeriveSeed(campaign.spec->seed,
                     fmt::format("backoff/i{}/{}/t{}/a{}", task.id.iteration,
                                 StageName(task.id.stage), task.id.task, task.attempts.size())));
  return SecondsToMs(std::min(grown, policy.backoff_max_s) * (0.5 + 0.5 * rng.Unit()));
}

}  // namespace

FailureKind Classify(const AttemptFailure& failure, const StagePolicy& policy) {
  // A worker that was told to stop by anybody but the campaign is a loss of the machine.
  if (failure.cancelled || failure.infrastructure) return FailureKind::kInfrastructure;
  if (IsExit(failure, TaskExit::kTryAgain)) return FailureKind::kInfrastructure;
  const std::vector<int32_t> final_codes = policy.final_exit_codes.value_or(kFinalExitCodes);
  const bool final = failure.signal == 0 && std::find(final_codes.begin(), final_codes.end(),
                                                      failure.exit_code) != final_codes.end();
  return final ? FailureKind::kPermanent : FailureKind::kTask;
}

Retry DecideRetry(const CampaignState& campaign, const Task& task, FailureKind kind, TimeMs now) {
  if (kind == FailureKind::kStopped) {
    return {.at_ms = now, .why = "it starts again when the campaign is resumed"};
  }
  if (kind == FailureKind::kPermanent) {
    return {.at_ms = {}, .why = "not tried again: the same input would fail again"};
  }
  const StagePolicy& policy = campaign.spec->stages.Of(task.id.stage);
  const bool ours = kind == FailureKind::kTask;
  const int32_t failures = FailuresOf(task, kind) + 1;
  const int32_t most = ours ? policy.max_attempts : policy.max_infrastructure_failures;
  const std::string_view what = ours ? "failure" : "infrastructure failure";
  if (failures >= most) {
    return {.at_ms = {}, .why = fmt::format("not tried again: {} {} of {}", what, failures, most)};
  }
  const TimeMs delay = Delay(campaign, task, failures);
  return {.at_ms = now + delay,
          .why = fmt::format("tried again in {:.1f} s ({} {} of {})", MsToSeconds(delay), what,
                             failures, most)};
}

}  // namespace flywheel
