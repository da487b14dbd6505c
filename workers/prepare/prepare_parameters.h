// What the prepare task is told: where questions and images come from, which model to begin with,
// and how large the gate split must be. Read strictly; values are checked as far as they go without
// opening a file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "base/result.h"
#include "workers/prepare/split.h"

namespace flywheel {

struct WorldSource {
  int32_t steer_questions = 0;
  int32_t gate_questions = 0;
  int32_t sealed_questions = 0;
  int32_t bank_scenes = 0;
};

// Paths are relative to data_root.
struct CocoSource {
  std::string images;
  std::string instances;
  std::string captions;
  double benchmark_share = 0;
  int32_t questions_per_image = 0;
};

// Paths are relative to data_root.
struct SeedBenchSource {
  std::string questions;
  std::string images;
  std::string bank;
};

struct GateNeeds {
  bool always_promote = false;
  double alpha = 0.05;
  int32_t looks = 1;  // decisions that share alpha
};

struct PrepareParameters {
  std::string data_root;
  std::variant<WorldSource, CocoSource, SeedBenchSource> source;
  SplitShares shares = {0.4, 0.3, 0.3};
  std::string base_model;
  GateNeeds gate;
};

// INVALID_ARGUMENT names the member: "parameters.data.coco.images: is missing".
Result<PrepareParameters> ReadPrepareParameters(const nlohmann::json& parameters);

// INVALID_ARGUMENT when the policy tests candidates and `questions` are too few for the best
// possible outcome (every one fixed, none broken) to pass.
Status CheckGateSplit(const GateNeeds& gate, int questions);

}  // namespace flywheel
