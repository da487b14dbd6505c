#include "clients/cli/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "clients/cli/number_text.h"

namespace flywheel {
namespace {

using v1::CampaignReport;

constexpr size_t kSeedsForATest = 3;

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Sample variance; 0 for one value.
double Variance(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

// Newcombe's hybrid score interval for a difference of proportions, from their Wilson intervals
// (Newcombe 1998, method 10).
Interval NewcombeInterval(const v1::Accuracy& a, const v1::Accuracy& b) {
  const double difference = a.accuracy() - b.accuracy();
  const double down = std::hypot(a.accuracy() - a.low(), b.high() - b.accuracy());
  const double up = std::hypot(a.high() - a.accuracy(), b.accuracy() - b.low());
  return {difference - down, difference + up};
}

Interval PairedInterval(const std::vector<double>& differences) {
  const auto n = static_cast<double>(differences.size());
  const double half = StudentQuantile95(n - 1) * std::sqrt(Variance(differences) / n);
  const double mean = Mean(differences);
  return {mean - half, mean + half};
}

Interval WelchInterval(const std::vector<double>& a, const std::vector<double>& b) {
  const double va = Variance(a) / static_cast<double>(a.size());
  const double vb = Variance(b) / static_cast<double>(b.size());
  const double difference = Mean(a) - Mean(b);
  if (va + vb == 0) return {difference, difference};
  const double degrees =
      (va + vb) * (va + vb) /
      (va * va / static_cast<double>(a.size() - 1) + vb * vb / static_cast<double>(b.size() - 1));
  const double half = StudentQuantile95(degrees) * std::sqrt(va + vb);
  return {difference - half, difference + half};
}

// The sealed accuracies that one row is made of, in the order of the reports.
using Cells = std::vector<v1::Accuracy>;

std::vector<double> Values(const Cells& cells) {
  std::vector<double> values;
  for (const auto& cell : cells) values.push_back(cell.accuracy());
  return values;
}

ComparisonRow MakeRow(const Comparison& comparison, std::string label,
                      const std::pair<Cells, Cells>& cells) {
  ComparisonRow row{.label = std::move(label),
                    .a = Values(cells.first),
                    .b = Values(cells.second),
                    .mean_a = 0,
                    .mean_b = 0,
                    .difference = 0,
                    .by_seed = {},
                    .interval = {}};
  row.mean_a = Mean(row.a);
  row.mean_b = Mean(row.b);
  row.difference = row.mean_a - row.mean_b;
  if (comparison.paired) {
    for (size_t i = 0; i < row.a.size(); ++i) {
      const auto partner =
          std::find(comparison.seeds_b.begin(), comparison.seeds_b.end(), comparison.seeds_a[i]);
      row.by_seed.push_back(row.a[i] -
                            row.b[static_cast<size_t>(partner - comparison.seeds_b.begin())]);
    }
  }
  if (comparison.kind == ComparisonKind::kModels) {
    row.interval = NewcombeInterval(cells.first[0], cells.second[0]);
  } else if (comparison.kind == ComparisonKind::kArms) {
    row.interval = comparison.paired ? PairedInterval(row.by_seed) : WelchInterval(row.a, row.b);
  }
  return row;
}

const v1::IterationReport* FindIteration(const CampaignReport& report, int iteration) {
  for (const auto& it : report.iterations()) {
    if (it.iteration() == iteration && it.evaluation().sealed().n() > 0) return &it;
  }
  return nullptr;
}

// One accuracy a report, or nothing when a report lacks it.
template <typename Pick>
std::optional<Cells> Collect(const Arm& arm, Pick pick) {
  Cells cells;
  for (const CampaignReport& report : arm.reports) {
    const v1::Accuracy* accuracy = pick(report);
    if (accuracy == nullptr || accuracy->n() == 0) return std::nullopt;
    cells.push_back(*accuracy);
  }
  return cells;
}

template <typename Pick>
void AddRow(const Arm& a, const Arm& b, const std::string& label, Pick pick,
            Comparison* comparison) {
  const auto cells_a = Collect(a, pick);
  const auto cells_b = Collect(b, pick);
  if (!cells_a || !cells_b) return;
  comparison->rows.push_back(MakeRow(*comparison, label, {*cells_a, *cells_b}));
}

void AddRows(const Arm& a, const Arm& b, Comparison* comparison) {
  for (const auto& it : a.reports.front().iterations()) {
    const int iteration = it.iteration();
    AddRow(
        a, b, fmt::format("{}", iteration),
        [iteration](const CampaignReport& report) {
          const auto* found = FindIteration(report, iteration);
          return found == nullptr ? nullptr : &found->evaluation().sealed();
        },
        comparison);
  }
  if (comparison->rows.empty()) return;
  AddRow(
      a, b, "champion",
      [](const CampaignReport& report) {
        const auto& iterations = report.iterations();
        return &iterations[iterations.size() - 1].champion_evaluation().sealed();
      },
      comparison);
}

// Mean accuracy by type of the last evaluated model of every campaign.
std::map<int, std::pair<std::string, double>> TypeMeans(const Arm& arm) {
  std::map<int, std::pair<std::string, double>> means;
  for (const CampaignReport& report : arm.reports) {
    const v1::IterationReport* last = nullptr;
    for (const auto& it : report.iterations()) {
      if (it.evaluation().by_type_size() > 0) last = &it;
    }
    if (last == nullptr) continue;
    for (const auto& type : last->evaluation().by_type()) {
      auto& [name, sum] = means[type.type()];
      name = type.name();
      sum += type.accuracy() / static_cast<double>(arm.reports.size());
    }
  }
  return means;
}

std::string Digest(const CampaignReport& report, std::string_view artifact) {
  for (const auto& made : report.artifacts()) {
    if (made.name() == artifact) return made.digest();
  }
  return "";
}

std::string Points(double difference) {
  return fmt::format("{:.1f} points", std::abs(100 * difference));
}

std::string Ahead(const Comparison& comparison, double difference) {
  return difference >= 0 ? fmt::format("{} is ahead of {}", comparison.name_a, comparison.name_b)
                         : fmt::format("{} is ahead of {}", comparison.name_b, comparison.name_a);
}

std::string Conclusion(const Comparison& comparison) {
  // The last row that is an iteration: what training made, whatever the gate thought of it.
  const auto found = std::find_if(comparison.rows.rbegin(), comparison.rows.rend(),
                                  [](const auto& row) { return row.label != "champion"; });
  const ComparisonRow& row = *found;
  const std::string what = fmt::format("At iteration {}, {} by {}", row.label,
                                       Ahead(comparison, row.difference), Points(row.difference));
  if (comparison.kind == ComparisonKind::kFewSeeds) {
    return fmt::format("{} in the mean; fewer than {} seeds an arm are too few to test this.", what,
                       kSeedsForATest);
  }
  const bool differ = row.interval->low > 0 || row.interval->high < 0;
  if (comparison.kind == ComparisonKind::kModels) {
    return differ ? what + ": these two models differ."
                  : fmt::format(
                        "At iteration {}, these two models cannot be told apart: the "
                        "interval of their difference holds 0.",
                        row.label);
  }
  return differ ? what + " in the mean: more than the seeds alone explain."
                : fmt::format(
                      "At iteration {}, the arms cannot be told apart: what the seeds "
                      "vary by explains their difference.",
                      row.label);
}

void AddStatements(const Arm& a, const Arm& b, Comparison* comparison) {
  auto& statements = comparison->statements;
  statements.push_back(Conclusion(*comparison));
  if (comparison->kind == ComparisonKind::kModels) {
    statements.emplace_back(
        "One pair says only whether these two models differ, not whether the way they were trained "
        "is better: that takes three or more seeds an arm.");
    const std::string sealed_a = Digest(a.reports[0], "i0/prepare/sealed");
    const bool same = !sealed_a.empty() && sealed_a == Digest(b.reports[0], "i0/prepare/sealed");
    statements.emplace_back(
        same ? "Both answered the same sealed questions; the interval does not use that and is, if "
               "anything, too wide."
             : "The sealed questions of the two are not the same ones.");
    return;
  }
  statements.emplace_back(comparison->paired
                              ? "Both arms have the same seeds and are compared seed by seed."
                              : "The arms' seeds differ, so only their means are "
                                "compared.");
}

Status CheckArm(const Arm& arm) {
  if (arm.reports.empty()) return InvalidArgument(fmt::format("arm {} has no report", arm.name));
  for (const CampaignReport& report : arm.reports) {
    const auto sealed = [](const auto& it) { return it.evaluation().sealed().n() > 0; };
    if (!std::any_of(report.iterations().begin(), report.iterations().end(), sealed)) {
      return InvalidArgument(fmt::format("{} ({}) has no accuracy on a sealed split to compare",
                                         report.display_name(), report.campaign()));
    }
  }
  return OkStatus();
}

std::vector<uint64_t> Seeds(const Arm& arm) {
  std::vector<uint64_t> seeds;
  for (const auto& report : arm.reports) seeds.push_back(report.seed());
  return seeds;
}

bool SameSeeds(const Comparison& comparison) {
  const std::set<uint64_t> a(comparison.seeds_a.begin(), comparison.seeds_a.end());
  const std::set<uint64_t> b(comparison.seeds_b.begin(), comparison.seeds_b.end());
  return a == b && a.size() == comparison.seeds_a.size() && b.size() == comparison.seeds_b.size();
}

}  // namespace

double StudentQuantile95(double degrees) {
  static constexpr double kTable[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                      2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                      2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                      2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  const auto whole = static_cast<size_t>(std::max(1.0, std::floor(degrees)));
  if (whole <= std::size(kTable)) return kTable[whole - 1];
  // Cornish and Fisher's expansion around the normal quantile.
  constexpr double z = 1.959964;
  return z + (z * z * z + z) / (4 * degrees);
}

Result<Comparison> Compare(const Arm& a, const Arm& b) {
  FW_TRY(CheckArm(a));
  FW_TRY(CheckArm(b));
  Comparison comparison;
  comparison.name_a = a.name;
  comparison.name_b = b.name;
  comparison.seeds_a = Seeds(a);
  comparison.seeds_b = Seeds(b);
  const size_t fewest = std::min(a.reports.size(), b.reports.size());
  const size_t most = std::max(a.reports.size(), b.reports.size());
  comparison.kind = most == 1                  ? ComparisonKind::kModels
                    : fewest >= kSeedsForATest ? ComparisonKind::kArms
                                               : ComparisonKind::kFewSeeds;
  comparison.paired = most > 1 && SameSeeds(comparison);
  AddRows(a, b, &comparison);
  if (comparison.rows.empty()) {
    return InvalidArgument(fmt::format(
        "{} and {} have no iteration that all of their campaigns evaluated", a.name, b.name));
  }
  const auto means_b = TypeMeans(b);
  for (const auto& [type, mean] : TypeMeans(a)) {
    const auto other = means_b.find(type);
    if (other == means_b.end()) continue;
    comparison.types.push_back({type, mean.first, mean.second, other->second.second});
  }
  AddStatements(a, b, &comparison);
  return comparison;
}

}  // namespace flywheel
