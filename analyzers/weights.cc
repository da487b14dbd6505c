#include "analyzers/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/records/question.h"

namespace flywheel {
namespace {

double RawWeight(const WeightPolicy& policy, const TypeAccuracy& type) {
  switch (policy.kind) {
    case WeightPolicy::Kind::kPower: {
      // From the counts: 1 - accuracy would carry the rounding of the division.
      const double wrong = static_cast<double>(type.n - type.correct) / type.n;
      return std::pow(wrong, policy.power);
    }
    case WeightPolicy::Kind::kUniform:
      return 1;
    case WeightPolicy::Kind::kManual: {
      const auto found = policy.manual.find(type.type);
      return found == policy.manual.end() ? 0 : found->second;
    }
  }
  return 0;
}

double Bounded(const WeightPolicy& policy, double weight) {
  weight = std::max(weight, policy.floor);
  return policy.cap > 0 ? std::min(weight, policy.cap) : weight;
}

Status CheckManual(const std::map<int32_t, double>& manual) {
  if (manual.empty()) return InvalidArgument("manual: expected a weight for each type, found none");
  bool positive = false;
  for (const auto& [type, weight] : manual) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      return InvalidArgument(fmt::format(
          "manual[{}]: expected a weight that is not negative, found {}", type, weight));
    }
    positive |= weight > 0;
  }
  if (!positive) return InvalidArgument("manual: expected a positive weight, found only zeros");
  return OkStatus();
}

Status AllZero(const WeightPolicy& policy, const SplitAccuracy& steer) {
  if (policy.kind == WeightPolicy::Kind::kManual) {
    return InvalidArgument(
        "all weights are zero: manual gives every type of the steer split the weight 0");
  }
  return InvalidArgument(
      fmt::format("all weights are zero: all {} steer questions were answered right, so policy "
                  "'{}' has nothing to aim at; set weights.floor or take kind UNIFORM",
                  steer.total.n, DescribePolicy(policy)));
}

}  // namespace

std::string DescribePolicy(const WeightPolicy& policy) {
  std::string words;
  switch (policy.kind) {
    case WeightPolicy::Kind::kPower:
      words = fmt::format("power {}", policy.power);
      break;
    case WeightPolicy::Kind::kUniform:
      return "uniform";
    case WeightPolicy::Kind::kManual:
      words = "manual";
      break;
  }
  if (policy.floor > 0) words += fmt::format(", floor {}", policy.floor);
  if (policy.cap > 0) words += fmt::format(", cap {}", policy.cap);
  return words;
}

Status CheckPolicy(const WeightPolicy& policy) {
  if (policy.kind == WeightPolicy::Kind::kPower && !(policy.power > 0 && policy.power <= 100)) {
    return InvalidArgument(
        fmt::format("power: expected more than 0 and at most 100, found {}", policy.power));
  }
  for (const auto& [name, bound] : {std::pair("floor", policy.floor), {"cap", policy.cap}}) {
    if (!(bound >= 0) || !std::isfinite(bound)) {
      return InvalidArgument(
          fmt::format("{}: expected a number that is not negative, found {}", name, bound));
    }
  }
  if (policy.cap > 0 && policy.floor > policy.cap) {
    return InvalidArgument(
        fmt::format("floor: expected at most the cap {}, found {}", policy.cap, policy.floor));
  }
  return policy.kind == WeightPolicy::Kind::kManual ? CheckManual(policy.manual) : OkStatus();
}

Result<AnalysisSummary> ComputeWeights(const WeightPolicy& policy, const SplitAccuracy& steer) {
  FW_TRY(CheckPolicy(policy).WithContext("weights"));
  if (steer.by_type.empty()) return InvalidArgument("the steer split has no questions to weigh");
  for (const auto& [type, weight] : policy.manual) {
    const auto has_type = [type = type](const TypeAccuracy& item) { return item.type == type; };
    if (policy.kind == WeightPolicy::Kind::kManual &&
        std::none_of(steer.by_type.begin(), steer.by_type.end(), has_type)) {
      return InvalidArgument(
          fmt::format("weights.manual[{}]: the steer split has no question of type {} ({})", type,
                      type, QuestionTypeName(type)));
    }
  }
  AnalysisSummary summary;
  summary.policy = DescribePolicy(policy);
  double sum = 0;
  for (const TypeAccuracy& type : steer.by_type) {
    const double weight = Bounded(policy, RawWeight(policy, type));
    sum += weight;
    summary.weights.push_back({.type = type.type,
                               .name = type.name,
                               .n = type.n,
                               .accuracy = type.accuracy,
                               .weight = weight,
                               .bad_cases = type.n - type.correct});
  }
  if (!(sum > 0)) return AllZero(policy, steer);
  for (TypeWeight& weight : summary.weights) weight.weight /= sum;
  return summary;
}

}  // namespace flywheel
