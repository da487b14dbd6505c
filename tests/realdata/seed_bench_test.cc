// The 61 real questions of the real-data folder through the SEED-Bench reader.
#include "analyzers/seed_bench.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/io/json.h"
#include "tests/support/real_data.h"

namespace flywheel {
namespace {

using testing::RealData;

TEST_CASE("real SEED-Bench questions are read, videos apart") {
  const std::string path = RealData("seed_bench/SEED-Bench.sample.json");
  if (path.empty()) return;
  const auto bench = ReadSeedBench(ReadJsonFile(path).value(), path);
  INFO(bench.status().message());
  REQUIRE(bench.ok());
  CHECK(bench->questions.size() == 49);
  CHECK(bench->videos == 12);
  CHECK(bench->questions.front().question == "How many towels are in the image?");
  CHECK(bench->questions.front().choices.front() == "One");
  CHECK(bench->questions.front().answer == 0);
}

}  // namespace
}  // namespace flywheel
