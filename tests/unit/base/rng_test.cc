#include "base/rng.h"

#include <array>
#include <catch2/catch.hpp>

namespace flywheel {
namespace {

TEST_CASE("the engine's 10000th number is the one the C++ standard fixes") {
  Rng rng(5489);
  uint64_t last = 0;
  for (int i = 0; i < 10000; ++i) last = rng.Next();
  CHECK(last == 9981545732273789042ULL);
}

TEST_CASE("streams of one seed differ by name and by index, and are the same every time") {
  CHECK(DeriveSeed(1, "train") == DeriveSeed(1, "train"));
  CHECK(DeriveSeed(1, "train") != DeriveSeed(1, "generate"));
  CHECK(DeriveSeed(1, "train") != DeriveSeed(2, "train"));
  CHECK(DeriveSeed(1, uint64_t{0}) != DeriveSeed(1, uint64_t{1}));
}

TEST_CASE("draws stay in their range and reach all of it") {
  Rng rng(7);
  std::array<int, 6> seen = {};
  for (int i = 0; i < 6000; ++i) {
    const int64_t draw = rng.Between(-2, 3);
    REQUIRE(draw >= -2);
    REQUIRE(draw <= 3);
    ++seen[static_cast<size_t>(draw + 2)];
    const double unit = rng.Unit();
    REQUIRE(unit >= 0);
    REQUIRE(unit < 1);
  }
  for (const int count : seen) CHECK(count > 800);  // 1000 expected, standard deviation 29
}

TEST_CASE("a weight of zero is never drawn") {
  Rng rng(11);
  const std::array<double, 4> weights = {0, 1, 0, 3};
  std::array<int, 4> seen = {};
  for (int i = 0; i < 4000; ++i) ++seen[rng.Weighted(weights)];
  CHECK(seen[0] == 0);
  CHECK(seen[2] == 0);
  CHECK(seen[1] > 850);
  CHECK(seen[1] < 1150);
}

}  // namespace
}  // namespace flywheel
