// Rng: seeded random numbers that are the same on every machine and standard library. The engine is
// std::mt19937_64 (its output is fixed by the standard); the distributions are ours, because those
// of the standard library are not. Not for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace flywheel {

// A seed for an independent stream: a mix of the parent seed with a name ("train", "c7/i2/...").
// FNV-1a over the name, then the SplitMix64 finaliser (Steele, Lea, Flood, OOPSLA 2014).
uint64_t DeriveSeed(uint64_t seed, std::string_view stream);
uint64_t DeriveSeed(uint64_t seed, uint64_t index);

class Rng {
 public:
  explicit Rng(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }

  // Uniform in [0, bound), without modulo bias. bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [low, high], both included.
  int64_t Between(int64_t low, int64_t high);
  // Uniform in [0, 1) with 53 bits.
  double Unit();
  // Normal with mean 0 and standard deviation 1 (Box-Muller, one value a call).
  double Normal();
  // True with probability p.
  bool Chance(double p) { return Unit() < p; }
  // Index drawn in proportion to the weights (non-negative, at least one positive).
  size_t Weighted(std::span<const double> weights);

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }
  // Fisher-Yates.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace flywheel
