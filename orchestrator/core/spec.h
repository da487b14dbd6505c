// What people ask for: the values of campaign.proto's CampaignSpec. Fields that the core decides on
// are typed; sections that only tasks read stay JSON (protobuf's JSON form, proto field names) and
// go into task parameters unread. How a spec is read from a file or a message is wire's business.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/records/task.h"
#include "base/status.h"

namespace flywheel {

enum class GatePolicy { kUnspecified = 0, kMcNemar = 1, kAlwaysPromote = 2 };
enum class TrainStart { kUnspecified = 0, kChampion = 1, kBase = 2 };

struct GateSpec {
  GatePolicy policy = GatePolicy::kUnspecified;
  double alpha = 0;
  bool operator==(const GateSpec&) const = default;
};

// 0 means: not this one.
struct StopSpec {
  double target_accuracy = 0;
  int32_t patience = 0;
  int64_t max_samples = 0;
  double max_task_seconds = 0;
  bool operator==(const StopSpec&) const = default;
};

// How the tasks of one stage run. Fields left 0 take the daemon's default (core/config.h).
struct StagePolicy {
  int32_t max_attempts = 0;
  int32_t max_infrastructure_failures = 0;
  double backoff_initial_s = 0;
  double backoff_max_s = 0;
  Resources resources{.cpus = 0, .memory_mb = 0};
  TaskLimits limits{.time_limit_s = 0, .stall_timeout_s = 0, .grace_s = 0};
  // Exit codes after which a task is not tried again; absent: the default.
  std::optional<std::vector<int32_t>> final_exit_codes = {};
  bool operator==(const StagePolicy&) const = default;
};

struct StagePolicies {
  StagePolicy prepare;
  StagePolicy evaluate;
  StagePolicy analyze;
  StagePolicy generate;
  StagePolicy train;

  const StagePolicy& Of(Stage stage) const;
  StagePolicy& Of(Stage stage);
  bool operator==(const StagePolicies&) const = default;
};

struct CampaignSpec {
  std::string display_name;
  std::string description;
  uint64_t seed = 0;
  int32_t iterations = 0;
  int32_t priority = 0;
  std::string data_root;
  // EvaluateSpec, typed because evaluations are compared by it.
  std::string scoring;
  int32_t batch_size = 0;
  TrainStart start = TrainStart::kUnspecified;  // train.start
  GateSpec gate;
  StopSpec stop;
  StagePolicies stages;
  // Unread sections; each is an object, empty when the spec has none.
  nlohmann::json data = nlohmann::json::object();      // DataSpec
  nlohmann::json model = nlohmann::json::object();     // ModelSpec
  nlohmann::json weights = nlohmann::json::object();   // AnalyzeSpec.weights
  nlohmann::json generate = nlohmann::json::object();  // GenerateSpec
  nlohmann::json train = nlohmann::json::object();     // TrainSpec, `start` included

  bool operator==(const CampaignSpec&) const = default;
};

struct LoopConfig;

// INVALID_ARGUMENT names the first wrong field, its value and what was expected. Checks what the
// spec alone shows; files and records are the prepare task's business.
Status CheckSpec(const CampaignSpec& spec, const LoopConfig& config);

// The spec with every field that was left 0 filled in. What CampaignCreated records, so that a
// change of the daemon's defaults never changes a campaign that exists.
CampaignSpec WithDefaults(CampaignSpec spec, const LoopConfig& config);

}  // namespace flywheel
