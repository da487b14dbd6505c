#include "pool/text/type_weights.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>

#include "base/io/files.h"
#include "base/quotas.h"
#include "base/records/question.h"
#include "base/rng.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

TEST_CASE("Weights are read by number and by name, added up, and wrong ones named") {
  const TempDir folder(TempDir::Memory());
  const std::string path = folder / "w.json";
  const auto read = [&path](const std::string& text) {
    REQUIRE(WriteFile(path, text).ok());
    return ReadTypeWeights(path);
  };
  const std::string name = QuestionTypeName(4);
  CHECK(*read(R"({"4": 0.5, ")" + name + R"(": 1, "0": 2})") ==
        std::map<int, double>{{0, 2}, {4, 1.5}});
  CHECK(*read(R"({"weights": {"scene_understanding": 3}, "more": 1})") ==
        std::map<int, double>{{1, 3}});
  CHECK(read(R"({"10": 1})").status().message() ==
        path + ": '10' is no question type; expected 0 to 9 or a name such as \"" + name + "\"");
  CHECK(read(R"({"4": -1})").status().message() ==
        path + ": 4: expected a number that is not negative, found -1");
  CHECK(read(R"({"4": "1"})").status().code() == StatusCode::kInvalidArgument);
  CHECK(read("[1]").status().message() ==
        path + ": expected an object of weights by question type");
  CHECK(read("{").status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("Quotas sum to the total, differ from exact shares by less than one, ties to the lower") {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    std::map<int, double> weights;
    double sum = 0;
    for (uint64_t i = 1 + rng.Below(9); i > 0; --i) {
      const double weight = rng.Chance(0.2) ? 0 : rng.Unit() * std::pow(10, rng.Between(-6, 6));
      weights[static_cast<int>(i)] = weight;
      sum += weight;
    }
    const int total = static_cast<int>(rng.Below(100'000));
    const auto quotas = QuotasOf(weights, total);
    if (sum == 0) {
      CHECK(quotas.status().code() == StatusCode::kInvalidArgument);
      continue;
    }
    INFO("seed " << seed);
    REQUIRE(quotas.ok());
    int given = 0;
    for (const auto& [type, quota] : *quotas) {
      given += quota;
      CHECK(std::abs(quota - total * (weights[type] / sum)) < 1);
      if (weights[type] == 0) CHECK(quota == 0);
    }
    CHECK(given == total);
  }
  CHECK(*QuotasOf({{1, 1}, {2, 1}, {3, 1}}, 2) == std::map<int, int>{{1, 1}, {2, 1}, {3, 0}});
}

}  // namespace
}  // namespace flywheel
