// What a worker is asked to do and what it hands back: the values of proto/flywheel/v1/task.proto,
// field for field, and so of task.json and result.json. Where these files lie is
// base/io/task_dir.h's business.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/records/summaries.h"

namespace flywheel {

struct Resources {
  int32_t cpus = 1;
  int32_t memory_mb = 0;  // 0: no limit
  bool operator==(const Resources&) const = default;
};

struct TaskLimits {
  double time_limit_s = 0;     // 0: none
  double stall_timeout_s = 0;  // 0: none
  double grace_s = 10;
  bool operator==(const TaskLimits&) const = default;
};

struct TaskInput {
  std::string name;
  std::string digest;  // SHA-256, lower-case hex
  std::string path;    // relative to the task directory; set by the worker
  bool operator==(const TaskInput&) const = default;
};

struct TaskSpec {
  std::string attempt;  // "c7/i2/train/t0/a1"; empty in a planned task
  std::string kind;     // "prepare", "score", "judge", "analyze", "generate", "train"
  std::vector<TaskInput> inputs;
  nlohmann::json parameters = nlohmann::json::object();
  uint64_t seed = 0;
  Resources resources;
  TaskLimits limits;
  bool operator==(const TaskSpec&) const = default;
};

struct TaskOutput {
  std::string name;
  std::string digest;
  int64_t size = 0;
  bool operator==(const TaskOutput&) const = default;
};

// At most one summary is set, the one of the task's kind.
struct TaskResult {
  std::vector<TaskOutput> outputs;
  std::map<std::string, double> metrics;
  std::optional<PrepareSummary> prepare;
  std::optional<EvaluationSummary> evaluation;
  std::optional<AnalysisSummary> analysis;
  std::optional<GenerationSummary> generation;
  std::optional<TrainingSummary> training;
  bool operator==(const TaskResult&) const = default;
};

struct TaskProgress {
  double fraction = 0;
  std::string message;
  std::map<std::string, double> metrics;
  double rate = 0;
  std::string unit;
  double eta_s = -1;
  bool operator==(const TaskProgress&) const = default;
};

// Exit codes of a task process (design: the worker's two protocols). Any other non-zero code is
// retried by policy.
enum class TaskExit {
  kDone = 0,
  kBadTask = 64,
  kBadData = 65,
  kResourceMissing = 69,
  kBug = 70,
  kTryAgain = 75,
};

}  // namespace flywheel
