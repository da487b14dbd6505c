// How much of the next training set each question type gets: a weight from the accuracy on it. The
// policies of MLLM-DataEngine (power 1 and 0.5) and the ones beside them. Weights are recomputed
// from each evaluation, without memory of earlier ones; counts are made of them by the quotas.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/records/summaries.h"
#include "base/result.h"

namespace flywheel {

struct WeightPolicy {
  enum class Kind { kPower, kUniform, kManual };

  Kind kind = Kind::kPower;
  double power = 1;  // kPower: (1 - accuracy)^power
  // Bounds on every weight before normalising; 0 means none. A floor keeps a solved type, or one
  // that a few lucky answers made look solved, from never being trained again.
  double floor = 0;
  double cap = 0;
  std::map<int32_t, double> manual;  // kManual: type -> weight

  bool operator==(const WeightPolicy&) const = default;
};

// The policy in words, such as "power 1.5, floor 0.05".
std::string DescribePolicy(const WeightPolicy& policy);

// INVALID_ARGUMENT for a power that is not positive, bounds that are negative or cross, manual
// weights that are absent, negative or all zero.
Status CheckPolicy(const WeightPolicy& policy);

// One weight a type of `steer`, summing to 1, in its order. INVALID_ARGUMENT also when there is no
// type, when a manual weight names a type that `steer` lacks, and when all weights are zero.
// `bad_cases` of each weight is the number of wrong answers.
Result<AnalysisSummary> ComputeWeights(const WeightPolicy& policy, const SplitAccuracy& steer);

}  // namespace flywheel
