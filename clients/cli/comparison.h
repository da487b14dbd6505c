// The arithmetic of `flywheel compare`: two campaigns, or two arms of several seeds each, on the
// sealed split. Says what the numbers support and no more: one pair tells two models apart, only
// three or more seeds an arm tell the arms apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flywheel/v1/report.pb.h"

namespace flywheel {

// Campaigns that differ in nothing but their seed.
struct Arm {
  std::string name;
  std::vector<v1::CampaignReport> reports;
};

struct Interval {
  double low = 0;
  double high = 0;
};

// One row: the models that all campaigns begin an iteration with, or their champions.
struct ComparisonRow {
  std::string label;  // "1", "2", ..., "champion"
  // Sealed accuracy of each campaign, in the order of the arm's reports.
  std::vector<double> a;
  std::vector<double> b;
  double mean_a = 0;
  double mean_b = 0;
  // mean_a - mean_b.
  double difference = 0;
  // Differences of single seeds; empty unless the arms have the same seeds.
  std::vector<double> by_seed;
  // 95 %. One pair: Newcombe's score interval, as if the questions were drawn independently. Three
  // or more an arm: Student's t over seeds (paired where the seeds are the same, else Welch).
  // Otherwise absent.
  std::optional<Interval> interval;
};

// The same for one type at the last row's models.
struct TypeDifference {
  int type = 0;
  std::string name;
  double mean_a = 0;
  double mean_b = 0;
};

enum class ComparisonKind {
  kModels,    // one campaign an arm
  kFewSeeds,  // fewer than three in an arm: numbers, no test
  kArms,      // three or more in each
};

struct Comparison {
  std::string name_a;
  std::string name_b;
  std::vector<uint64_t> seeds_a;
  std::vector<uint64_t> seeds_b;
  ComparisonKind kind = ComparisonKind::kModels;
  // The arms have the same seeds, so that they are compared seed by seed.
  bool paired = false;
  std::vector<ComparisonRow> rows;
  std::vector<TypeDifference> types;
  // What may be said, a sentence each; the first is the conclusion.
  std::vector<std::string> statements;
};

// INVALID_ARGUMENT when an arm is empty, a campaign has no sealed accuracy, or there is no
// iteration that all have evaluated.
Result<Comparison> Compare(const Arm& a, const Arm& b);

std::string RenderComparison(const Comparison& comparison);
std::string RenderComparisonJson(const Comparison& comparison);

// The two-sided 95 % quantile of Student's t.
double StudentQuantile95(double degrees);

}  // namespace flywheel
