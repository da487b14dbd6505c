#include "base/rng.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace flywheel {
namespace {

uint64_t SplitMix(uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

uint64_t DeriveSeed(uint64_t seed, std::string_view stream) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : stream) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return SplitMix(seed ^ SplitMix(hash));
}

uint64_t DeriveSeed(uint64_t seed, uint64_t index) { return SplitMix(seed ^ SplitMix(~index)); }

uint64_t Rng::Below(uint64_t bound) {
  FW_CHECK(bound > 0, "Below needs a positive bound");
  const uint64_t threshold = -bound % bound;  // 2^64 mod bound
  uint64_t draw = Next();
  while (draw < threshold) draw = Next();
  return draw % bound;
}

int64_t Rng::Between(int64_t low, int64_t high) {
  FW_CHECK(low <= high, "Between needs low <= high");
  return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
}

double Rng::Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double Rng::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Unit()));
  return radius * std::cos(2.0 * std::numbers::pi * Unit());
}

size_t Rng::Weighted(std::span<const double> weights) {
  double total = 0;
  for (const double w : weights) total += w;
  FW_CHECK(total > 0, "Weighted needs a positive weight");
  double point = Unit() * total;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    point -= weights[i];
    if (point < 0) return i;
  }
  return last;
}

}  // namespace flywheel
