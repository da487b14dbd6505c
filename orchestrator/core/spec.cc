#include "orchestrator/core/spec.h"

#include <algorithm>

#include "base/check.h"
#include "orchestrator/core/config.h"

namespace flywheel {
namespace {

constexpr int32_t kMaxAttempts = 3;
constexpr int32_t kMaxInfrastructureFailures = 10;
constexpr double kBackoffInitialS = 1;
constexpr double kBackoffMaxS = 60;
constexpr double kGraceS = 10;
constexpr int32_t kMostTrainingCpus = 4;
constexpr double kHourS = 3600;

// A running attempt always has an end: no stage is without a time limit.
double TimeLimitS(Stage stage) {
  switch (stage) {
    case Stage::kPrepare:
    case Stage::kAnalyze:
      return kHourS;
    case Stage::kEvaluate:
    case Stage::kGenerate:
      return 6 * kHourS;
    case Stage::kTrain:
      return 48 * kHourS;
  }
  return kHourS;
}

// Training is the one stage that gains from many threads; the others run side by side.
int32_t Cpus(Stage stage, const LoopConfig& config) {
  if (stage != Stage::kTrain) return 1;
  return std::clamp(config.capacity.cpus, 1, kMostTrainingCpus);
}

template <typename T>
void Fill(T& value, T from_daemon, T built_in) {
  if (value == T{}) value = from_daemon != T{} ? from_daemon : built_in;
}

void FillStage(StagePolicy& policy, Stage stage, const LoopConfig& config) {
  const StagePolicy& daemon = config.stage_defaults.Of(stage);
  Fill(policy.max_attempts, daemon.max_attempts, kMaxAttempts);
  Fill(policy.max_infrastructure_failures, daemon.max_infrastructure_failures,
       kMaxInfrastructureFailures);
  Fill(policy.backoff_initial_s, daemon.backoff_initial_s, kBackoffInitialS);
  Fill(policy.backoff_max_s, daemon.backoff_max_s,
       std::max(kBackoffMaxS, policy.backoff_initial_s));
  Fill(policy.resources.cpus, daemon.resources.cpus, Cpus(stage, config));
  Fill(policy.resources.memory_mb, daemon.resources.memory_mb, 0);
  Fill(policy.limits.time_limit_s, daemon.limits.time_limit_s, TimeLimitS(stage));
  Fill(policy.limits.stall_timeout_s, daemon.limits.stall_timeout_s, 0.0);
  Fill(policy.limits.grace_s, daemon.limits.grace_s, kGraceS);
  if (!policy.final_exit_codes) policy.final_exit_codes = daemon.final_exit_codes;
}

}  // namespace

const StagePolicy& StagePolicies::Of(Stage stage) const {
  switch (stage) {
    case Stage::kPrepare:
      return prepare;
    case Stage::kEvaluate:
      return evaluate;
    case Stage::kAnalyze:
      return analyze;
    case Stage::kGenerate:
      return generate;
    case Stage::kTrain:
      return train;
  }
  FW_CHECK(false, "not a stage");
}

StagePolicy& StagePolicies::Of(Stage stage) {
  return const_cast<StagePolicy&>(static_cast<const StagePolicies&>(*this).Of(stage));
}

CampaignSpec WithDefaults(CampaignSpec spec, const LoopConfig& config) {
  if (spec.scoring.empty()) spec.scoring = "mean";
  if (spec.start == TrainStart::kUnspecified) spec.start = TrainStart::kChampion;
  if (spec.gate.policy == GatePolicy::kUnspecified) spec.gate.policy = GatePolicy::kMcNemar;
  if (spec.gate.alpha == 0) spec.gate.alpha = 0.05;
  if (!spec.weights.contains("kind")) spec.weights["kind"] = "POWER";
  if (spec.weights["kind"] == "POWER" && !spec.weights.contains("power")) spec.weights["power"] = 1;
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    FillStage(spec.stages.Of(stage), stage, config);
  }
  return spec;
}

}  // namespace flywheel
