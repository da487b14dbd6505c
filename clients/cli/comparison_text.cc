#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clients/cli/comparison.h"
#include "clients/cli/number_text.h"
#include "clients/cli/text_table.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string RangeCell(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{} to {}", Percent(*low), Percent(*high));
}

std::string SignedRange(double low, double high) {
  return fmt::format("{} to {}", SignedPercent(low), SignedPercent(high));
}

std::string RenderRows(const Comparison& comparison) {
  const bool several = comparison.kind != ComparisonKind::kModels;
  std::vector<std::string> header = {"iteration", comparison.name_a};
  if (several) header.push_back("range");
  header.push_back(comparison.name_b);
  if (several) header.push_back("range");
  header.push_back("difference");
  if (comparison.kind != ComparisonKind::kFewSeeds) header.push_back("95 % interval");
  if (comparison.paired) header.push_back("by seed");
  TextTable table(std::move(header), 0);
  for (const ComparisonRow& row : comparison.rows) {
    std::vector<std::string> cells = {row.label, Percent(row.mean_a)};
    if (several) cells.push_back(RangeCell(row.a));
    cells.push_back(Percent(row.mean_b));
    if (several) cells.push_back(RangeCell(row.b));
    cells.push_back(SignedPercent(row.difference));
    if (row.interval) cells.push_back(SignedRange(row.interval->low, row.interval->high));
    if (comparison.paired) {
      std::vector<std::string> seeds;
      for (const double difference : row.by_seed) seeds.push_back(SignedPercent(difference));
      cells.push_back(fmt::format("{}", fmt::join(seeds, " ")));
    }
    table.AddRow(std::move(cells));
  }
  return table.Render();
}

std::string RenderTypes(const Comparison& comparison) {
  if (comparison.types.empty()) return "";
  TextTable table({"type", comparison.name_a, comparison.name_b, "difference"});
  for (const TypeDifference& type : comparison.types) {
    table.AddRow({fmt::format("{} {}", type.type, type.name), Percent(type.mean_a),
                  Percent(type.mean_b), SignedPercent(type.mean_a - type.mean_b)});
  }
  return "\nBy type, the last evaluated models (%)\n" + table.Render();
}

}  // namespace

std::string RenderComparison(const Comparison& comparison) {
  const auto seeds = [](const std::vector<uint64_t>& list) {
    return fmt::format("{} {}", list.size() == 1 ? "seed" : "seeds", fmt::join(list, ", "));
  };
  std::string text = fmt::format(
      "{} ({}) against {} ({}): accuracy on the sealed split (%), difference in points\n",
      comparison.name_a, seeds(comparison.seeds_a), comparison.name_b, seeds(comparison.seeds_b));
  text += RenderRows(comparison) + RenderTypes(comparison) + "\n";
  for (const std::string& statement : comparison.statements) text += statement + "\n";
  return text;
}

std::string RenderComparisonJson(const Comparison& comparison) {
  json rows = json::array();
  for (const ComparisonRow& row : comparison.rows) {
    json item = {{"iteration", row.label},
                 {"a", {{"mean", row.mean_a}, {"accuracies", row.a}}},
                 {"b", {{"mean", row.mean_b}, {"accuracies", row.b}}},
                 {"difference", row.difference},
                 {"by_seed", row.by_seed}};
    if (row.interval) {
      item["low"] = row.interval->low;
      item["high"] = row.interval->high;
    }
    rows.push_back(std::move(item));
  }
  json types = json::array();
  for (const TypeDifference& type : comparison.types) {
    types.push_back({{"type", type.type},
                     {"name", type.name},
                     {"a", type.mean_a},
                     {"b", type.mean_b},
                     {"difference", type.mean_a - type.mean_b}});
  }
  const char* kind = comparison.kind == ComparisonKind::kModels ? "models"
                     : comparison.kind == ComparisonKind::kArms ? "arms"
                                                                : "few_seeds";
  const json object = {{"a", {{"name", comparison.name_a}, {"seeds", comparison.seeds_a}}},
                       {"b", {{"name", comparison.name_b}, {"seeds", comparison.seeds_b}}},
                       {"kind", kind},
                       {"paired", comparison.paired},
                       {"iterations", rows},
                       {"by_type", types},
                       {"statements", comparison.statements}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace flywheel
