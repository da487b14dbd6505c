// The report of a campaign: the values of report.proto's CampaignReport, made from its state at any
// time. Numbers only, as the tasks measured them; nothing is computed anew but sums of seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/campaign.h"

namespace flywheel {

struct EvaluationReport {
  Accuracy steer;
  Accuracy gate;
  Accuracy sealed;
  std::vector<TypeAccuracy> by_type;  // sealed, or steer where nothing is sealed
  bool operator==(const EvaluationReport&) const = default;
};

// Wall-clock seconds, waiting included.
struct StageSeconds {
  double prepare = 0;
  double evaluate = 0;
  double analyze = 0;
  double generate = 0;
  double train = 0;
  bool operator==(const StageSeconds&) const = default;
};

struct IterationReport {
  int32_t iteration = 0;
  std::string model;
  std::string champion;
  std::optional<EvaluationReport> evaluation;
  std::optional<EvaluationReport> champion_evaluation;
  std::optional<GateVerdict> gate;
  std::vector<TypeWeight> weights;
  std::optional<GenerationSummary> generated;
  std::optional<TrainingSummary> training;
  StageSeconds seconds;
  bool operator==(const IterationReport&) const = default;
};

struct CampaignReport {
  int64_t campaign = 0;
  std::string display_name;
  CampaignPhase state = CampaignPhase::kUnspecified;
  std::string state_reason;
  uint64_t seed = 0;
  std::vector<IterationReport> iterations;
  std::string champion;
  StageSeconds seconds;
  double total_seconds = 0;
  double idle_seconds = 0;  // of them, without a running task process
  std::optional<PrepareSummary> prepare;
  std::vector<Shared<ArtifactRef>> artifacts;
  std::vector<std::string> notes;
  bool operator==(const CampaignReport&) const = default;
};

// `now` ends what has not ended.
CampaignReport MakeReport(const CampaignState& campaign, TimeMs now);

// "evaluate" and the iteration it belongs to, where the campaign is now; what it waits for.
struct Whereabouts {
  int32_t iteration = 0;
  std::string stage;
  std::string reason;
};
Whereabouts WhereIs(const CampaignState& campaign);

}  // namespace flywheel
