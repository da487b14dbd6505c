// The 61 real questions of the real-data folder through the SEED-Bench reader.
#include "analyzers/seed_bench.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/io/json.h"

namespace flywheel {
namespace {

TEST_CASE("real SEED-Bench questions are read, videos apart") {
  const char* folder = std::getenv("FLYWHEEL_REALDATA");
  if (folder == nullptr) {
    WARN("skipped: no real data");
    return;
  }
  const std::string path = std::string(folder) + "/seed_bench/SEED-Bench.sample.json";
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
