#include "workers/prepare/near_copies.h"

#include <catch2/catch.hpp>
#include <vector>

#include "base/rng.h"

namespace flywheel {
namespace {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;

  uint64_t Hash() const { return DifferenceHash(rgb, width, height); }
};

// Smooth patches of random brightness, the same for every size.
Picture MakePicture(uint64_t seed, int width, int height) {
  Rng rng(seed);
  std::vector<uint8_t> patches(12 * 12);
  for (uint8_t& patch : patches) patch = static_cast<uint8_t>(rng.Below(256));
  Picture picture{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const size_t patch = static_cast<size_t>(y * 12 / height * 12 + x * 12 / width);
      picture.rgb.insert(picture.rgb.end(), 3, patches[patch]);
    }
  }
  return picture;
}

TEST_CASE("A picture keeps its hash when it is scaled, brightened or noisy") {
  const uint64_t seed = GENERATE(1, 2, 3, 4);
  CAPTURE(seed);
  const Picture picture = MakePicture(seed, 240, 180);
  const std::vector<uint64_t> hashes = {picture.Hash(), MakePicture(seed, 480, 360).Hash()};
  CHECK(GroupNearCopies(hashes) == std::vector<size_t>{0, 0});

  Picture noisy = picture;
  Rng rng(seed + 100);
  for (uint8_t& value : noisy.rgb) {
    value = static_cast<uint8_t>(std::min(255, value / 2 + 40 + static_cast<int>(rng.Below(5))));
  }
  const std::vector<uint64_t> with_noise = {picture.Hash(), noisy.Hash()};
  CHECK(GroupNearCopies(with_noise) == std::vector<size_t>{0, 0});
}

TEST_CASE("Different pictures are not taken for copies") {
  std::vector<uint64_t> hashes;
  for (uint64_t seed = 1; seed <= 60; ++seed) hashes.push_back(MakePicture(seed, 90, 80).Hash());
  const std::vector<size_t> groups = GroupNearCopies(hashes);
  for (size_t i = 0; i < groups.size(); ++i) CHECK(groups[i] == i);
}

TEST_CASE("A chain of near hashes is one group, named by its first picture") {
  const std::vector<uint64_t> hashes = {0b1111110000, ~uint64_t{0}, 0b1110000, 0b10000};
  CHECK(GroupNearCopies(hashes) == std::vector<size_t>{0, 1, 0, 0});
}

TEST_CASE("A picture of one pixel has a hash") {
  CHECK(DifferenceHash(std::vector<uint8_t>{1, 2, 3}, 1, 1) == 0);
}

}  // namespace
}  // namespace flywheel
