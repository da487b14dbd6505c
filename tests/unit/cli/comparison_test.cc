#include "clients/cli/comparison.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

namespace flywheel {
namespace {

// A Wilson interval, as the daemon computes it.
void SetAccuracy(int n, int correct, v1::Accuracy* accuracy) {
  constexpr double z = 1.959964;
  const double p = static_cast<double>(correct) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
  accuracy->set_n(n);
  accuracy->set_correct(correct);
  accuracy->set_accuracy(p);
  accuracy->set_low(centre - half);
  accuracy->set_high(centre + half);
}

// A campaign that had `correct` of 1,000 sealed questions right, iteration by iteration.
v1::CampaignReport Report(uint64_t seed, const std::vector<int>& correct) {
  v1::CampaignReport report;
  report.set_display_name("x");
  report.set_campaign("campaigns/c1");
  report.set_seed(seed);
  for (size_t i = 0; i < correct.size(); ++i) {
    auto* it = report.add_iterations();
    it->set_iteration(static_cast<int>(i) + 1);
    SetAccuracy(1000, correct[i], it->mutable_evaluation()->mutable_sealed());
    SetAccuracy(1000, correct[i], it->mutable_champion_evaluation()->mutable_sealed());
  }
  return report;
}

TEST_CASE("two models are compared by Newcombe's interval") {
  // Newcombe 1998, table II, column 10: 56/70 against 48/80 gives 0.0524 to 0.3339.
  v1::CampaignReport a = Report(1, {0});
  v1::CampaignReport b = Report(1, {0});
  SetAccuracy(70, 56, a.mutable_iterations(0)->mutable_evaluation()->mutable_sealed());
  SetAccuracy(80, 48, b.mutable_iterations(0)->mutable_evaluation()->mutable_sealed());
  const auto comparison = Compare({"a", {a}}, {"b", {b}});
  REQUIRE(comparison.ok());
  CHECK(comparison->kind == ComparisonKind::kModels);
  const ComparisonRow& row = comparison->rows[0];
  CHECK(row.difference == Approx(0.2));
  REQUIRE(row.interval.has_value());
  CHECK(row.interval->low == Approx(0.0524).margin(0.0001));
  CHECK(row.interval->high == Approx(0.3339).margin(0.0001));
  CHECK(comparison->statements[0] ==
        "At iteration 1, a is ahead of b by 20.0 points: these two models differ.");
  CHECK(comparison->statements[1].find("One pair says only") == 0);
}

TEST_CASE("two models whose interval holds 0 are not told apart") {
  const auto comparison = Compare({"a", {Report(1, {500, 810})}}, {"b", {Report(1, {500, 800})}});
  REQUIRE(comparison.ok());
  CHECK(comparison->statements[0].find("cannot be told apart") != std::string::npos);
  REQUIRE(comparison->rows.size() == 3);
  CHECK(comparison->rows[2].label == "champion");
}

TEST_CASE("two seeds an arm give means and no test") {
  const auto comparison = Compare({"a", {Report(1, {500, 800}), Report(2, {500, 820})}},
                                  {"b", {Report(1, {500, 700}), Report(2, {500, 700})}});
  REQUIRE(comparison.ok());
  CHECK(comparison->kind == ComparisonKind::kFewSeeds);
  CHECK_FALSE(comparison->rows[1].interval.has_value());
  CHECK(comparison->rows[1].difference == Approx(0.11));
  CHECK(comparison->statements[0].find("too few to test") != std::string::npos);
}

TEST_CASE("three seeds an arm are compared seed by seed whatever order they come in") {
  const auto comparison =
      Compare({"targeted", {Report(1, {800}), Report(2, {820}), Report(3, {810})}},
              {"uniform", {Report(3, {770}), Report(1, {750}), Report(2, {780})}});
  REQUIRE(comparison.ok());
  CHECK(comparison->kind == ComparisonKind::kArms);
  CHECK(comparison->paired);
  const ComparisonRow& row = comparison->rows[0];
  REQUIRE(row.by_seed.size() == 3);
  CHECK(row.by_seed[0] == Approx(0.05));
  CHECK(row.by_seed[1] == Approx(0.04));
  CHECK(row.by_seed[2] == Approx(0.04));
  // Mean 0.04333, standard deviation 0.0057735, t(2) = 4.303: half width 0.014343.
  REQUIRE(row.interval.has_value());
  CHECK(row.interval->low == Approx(0.02899).margin(1e-5));
  CHECK(row.interval->high == Approx(0.05768).margin(1e-5));
  CHECK(comparison->statements[0] ==
        "At iteration 1, targeted is ahead of uniform by 4.3 points in the mean: more than the "
        "seeds alone explain.");
}

TEST_CASE("arms with other seeds are compared by their means alone") {
  const auto comparison = Compare({"a", {Report(1, {800}), Report(2, {820}), Report(3, {810})}},
                                  {"b", {Report(4, {790}), Report(5, {830}), Report(6, {800})}});
  REQUIRE(comparison.ok());
  CHECK_FALSE(comparison->paired);
  CHECK(comparison->rows[0].by_seed.empty());
  // Welch: va = 1e-4/3, vb = 4.3333e-4/3, 2.88 degrees of freedom, taken as 2.
  REQUIRE(comparison->rows[0].interval.has_value());
  CHECK(comparison->rows[0].interval->high ==
        Approx(0.01 / 3 + 4.303 * std::sqrt((1e-4 + 4.33333e-4) / 3)).margin(1e-6));
  CHECK(comparison->statements[0].find("cannot be told apart") != std::string::npos);
}

TEST_CASE("only iterations that every campaign evaluated are compared") {
  const auto comparison =
      Compare({"a", {Report(1, {500, 700, 800})}}, {"b", {Report(1, {500, 650})}});
  REQUIRE(comparison.ok());
  REQUIRE(comparison->rows.size() == 3);
  CHECK(comparison->rows[1].label == "2");
  CHECK(comparison->rows[2].label == "champion");
}

TEST_CASE("what cannot be compared is refused") {
  CHECK_FALSE(Compare({"a", {}}, {"b", {Report(1, {1})}}).ok());
  v1::CampaignReport unsealed = Report(1, {500});
  unsealed.mutable_iterations(0)->mutable_evaluation()->clear_sealed();
  const auto refused = Compare({"a", {unsealed}}, {"b", {Report(1, {500})}});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().message() ==
        "x (campaigns/c1) has no accuracy on a sealed split to compare");
}

TEST_CASE("a comparison reads as a table and as JSON") {
  const auto comparison =
      Compare({"targeted", {Report(1, {497, 800}), Report(2, {497, 820}), Report(3, {497, 810})}},
              {"uniform", {Report(1, {497, 750}), Report(2, {497, 780}), Report(3, {497, 770})}});
  REQUIRE(comparison.ok());
  CHECK(
      RenderComparison(*comparison) ==
      R"(targeted (seeds 1, 2, 3) against uniform (seeds 1, 2, 3): accuracy on the sealed split (%), difference in points
  iteration  targeted         range  uniform         range  difference  95 % interval         by seed
          1      49.7  49.7 to 49.7     49.7  49.7 to 49.7         0.0     0.0 to 0.0     0.0 0.0 0.0
          2      81.0  80.0 to 82.0     76.7  75.0 to 78.0        +4.3   +2.9 to +5.8  +5.0 +4.0 +4.0
   champion      81.0  80.0 to 82.0     76.7  75.0 to 78.0        +4.3   +2.9 to +5.8  +5.0 +4.0 +4.0

At iteration 2, targeted is ahead of uniform by 4.3 points in the mean: more than the seeds alone explain.
Both arms have the same seeds and are compared seed by seed.
)");
  const auto json = nlohmann::json::parse(RenderComparisonJson(*comparison));
  CHECK(json.at("kind") == "arms");
  CHECK(json.at("iterations").at(1).at("difference").get<double>() == Approx(0.04333).margin(1e-4));
  CHECK(json.at("iterations").at(1).at("b").at("accuracies").at(1) == 0.78);
}

TEST_CASE("quantiles of Student's t are right in the table and beyond it") {
  CHECK(StudentQuantile95(1) == Approx(12.706));
  CHECK(StudentQuantile95(2.9) == Approx(4.303));
  CHECK(StudentQuantile95(30) == Approx(2.042));
  CHECK(StudentQuantile95(60) == Approx(2.000).margin(0.002));
  CHECK(StudentQuantile95(1e9) == Approx(1.96).margin(0.001));
}

}  // namespace
}  // namespace flywheel
