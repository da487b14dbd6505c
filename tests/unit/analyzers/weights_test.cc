#include "analyzers/weights.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "analyzers/wilson.h"
#include "base/records/question.h"

namespace flywheel {
namespace {

struct GoldenRow {
  int type = 0;
  int n = 0;
  double accuracy = 0;
  std::string v1;
  std::string v2;
  int wrong = 0;
};

std::vector<GoldenRow> ReadGoldenTable() {
  const char* source = std::getenv("FLYWHEEL_SOURCE_DIR");
  std::ifstream file(std::string(source == nullptr ? "." : source) +
                     "/tests/golden/analyzers/weights.txt");
  std::vector<GoldenRow> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    GoldenRow row;
    std::istringstream(line) >> row.type >> row.n >> row.accuracy >> row.v1 >> row.v2 >> row.wrong;
    rows.push_back(row);
  }
  return rows;
}

TypeAccuracy MakeType(int type, int correct, int n) {
  const Accuracy accuracy = WilsonAccuracy(correct, n);
  return {.type = type,
          .name = QuestionTypeName(type),
          .n = n,
          .correct = correct,
          .accuracy = accuracy.accuracy,
          .low = accuracy.low,
          .high = accuracy.high};
}

// Ten questions a type, with the given number of right ones; types from 1.
SplitAccuracy MakeSteer(const std::vector<int>& correct) {
  SplitAccuracy steer{.split = "steer", .total = {}, .by_type = {}};
  int right = 0;
  for (size_t i = 0; i < correct.size(); ++i) {
    steer.by_type.push_back(MakeType(static_cast<int>(i) + 1, correct[i], 10));
    right += correct[i];
  }
  steer.total = WilsonAccuracy(right, static_cast<int>(correct.size()) * 10);
  return steer;
}

WeightPolicy Power(double power) {
  return {.kind = WeightPolicy::Kind::kPower, .power = power, .floor = 0, .cap = 0, .manual = {}};
}

std::string FourDigits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

std::vector<double> Weights(const WeightPolicy& policy, const SplitAccuracy& steer) {
  const Result<AnalysisSummary> summary = ComputeWeights(policy, steer);
  INFO(summary.status().message());
  REQUIRE(summary.ok());
  std::vector<double> weights;
  for (const TypeWeight& weight : summary->weights) weights.push_back(weight.weight);
  return weights;
}

TEST_CASE("Power 1 and 0.5 give the weights of MLLM-DataEngine v1 and v2 to four digits") {
  const std::vector<GoldenRow> rows = ReadGoldenTable();
  REQUIRE(rows.size() == 9);
  SplitAccuracy steer;
  for (const GoldenRow& row : rows) {
    // The table's accuracies have four digits, so ten thousand questions hold them exactly.
    const int correct = static_cast<int>(std::lround(row.accuracy * 10000));
    steer.by_type.push_back(MakeType(row.type, correct, 10000));
  }
  const std::vector<double> v1 = Weights(Power(1), steer);
  const std::vector<double> v2 = Weights(Power(0.5), steer);
  for (size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i].type);
    CHECK(FourDigits(v1[i]) == rows[i].v1);
    CHECK(FourDigits(v2[i]) == rows[i].v2);
  }
}

TEST_CASE("Each weight carries its evidence: name, count, accuracy and wrong answers") {
  const std::vector<GoldenRow> rows = ReadGoldenTable();
  REQUIRE(rows.size() == 9);
  SplitAccuracy steer;
  for (const GoldenRow& row : rows) {
    steer.by_type.push_back(MakeType(row.type, row.n - row.wrong, row.n));
  }
  const Result<AnalysisSummary> summary = ComputeWeights(Power(1.5), steer);
  REQUIRE(summary.ok());
  CHECK(summary->policy == "power 1.5");
  double sum = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const TypeWeight& weight = summary->weights[i];
    CHECK(weight.type == rows[i].type);
    CHECK(weight.name == QuestionTypeName(rows[i].type));
    CHECK(weight.n == rows[i].n);
    CHECK(weight.bad_cases == rows[i].wrong);
    CHECK(FourDigits(weight.accuracy) == FourDigits(rows[i].accuracy));
    sum += weight.weight;
  }
  CHECK(sum == Approx(1).epsilon(1e-14));
}

TEST_CASE("A solved type gets nothing without a floor and its share with one") {
  const SplitAccuracy steer = MakeSteer({10, 5});
  CHECK(Weights(Power(1), steer) == std::vector<double>{0, 1});
  WeightPolicy policy = Power(1);
  policy.floor = 0.125;
  CHECK(Weights(policy, steer) == std::vector<double>{0.2, 0.8});
  CHECK(DescribePolicy(policy) == "power 1, floor 0.125");
}

TEST_CASE("A cap bounds a weight before normalising") {
  WeightPolicy policy = Power(1);
  policy.cap = 0.25;
  CHECK(Weights(policy, MakeSteer({0, 8, 9})) ==
        std::vector<double>{0.25 / 0.55, 0.2 / 0.55, 0.1 / 0.55});
}

TEST_CASE("Uniform weights do not look at the accuracy") {
  const WeightPolicy uniform{.kind = WeightPolicy::Kind::kUniform, .manual = {}};
  CHECK(Weights(uniform, MakeSteer({10, 10, 0, 3})) == std::vector<double>(4, 0.25));
  CHECK(DescribePolicy(uniform) == "uniform");
}

TEST_CASE("Manual weights are normalised and a type they leave out gets none") {
  const WeightPolicy manual{.kind = WeightPolicy::Kind::kManual, .manual = {{1, 3}, {3, 1}}};
  CHECK(Weights(manual, MakeSteer({5, 5, 5})) == std::vector<double>{0.75, 0, 0.25});
}

TEST_CASE("Weights that are all zero are an error that says why and what to do") {
  CHECK(ComputeWeights(Power(1.5), MakeSteer({10, 10, 10})).status() ==
        InvalidArgument("all weights are zero: all 30 steer questions were answered right, so "
                        "policy 'power 1.5' has nothing to aim at; set weights.floor or take kind "
                        "UNIFORM"));
}

TEST_CASE("A policy that makes no sense is refused with the member at fault") {
  WeightPolicy policy = Power(0);
  CHECK(CheckPolicy(policy).message() == "power: expected more than 0 and at most 100, found 0");
  policy = Power(1);
  policy.floor = -1;
  CHECK(CheckPolicy(policy).message() == "floor: expected a number that is not negative, found -1");
  policy.floor = 0.5;
  policy.cap = 0.25;
  CHECK(CheckPolicy(policy).message() == "floor: expected at most the cap 0.25, found 0.5");
  policy = {.kind = WeightPolicy::Kind::kManual, .manual = {}};
  CHECK(CheckPolicy(policy).message() == "manual: expected a weight for each type, found none");
  policy.manual = {{2, -0.5}};
  CHECK(CheckPolicy(policy).message() ==
        "manual[2]: expected a weight that is not negative, found -0.5");
  policy.manual = {{1, 0}, {2, 0}};
  CHECK(CheckPolicy(policy).message() == "manual: expected a positive weight, found only zeros");
}

TEST_CASE("A manual weight for a type without questions is refused") {
  const WeightPolicy manual{.kind = WeightPolicy::Kind::kManual, .manual = {{1, 3}, {7, 1}}};
  CHECK(ComputeWeights(manual, MakeSteer({5, 5})).status().message() ==
        "weights.manual[7]: the steer split has no question of type 7 (Instance Interaction)");
}

TEST_CASE("A steer split without questions cannot be weighed") {
  CHECK(ComputeWeights(Power(1), SplitAccuracy{}).status().message() ==
        "the steer split has no questions to weigh");
}

}  // namespace
}  // namespace flywheel
