// Samples that are nearly the same, found greedily in the order they come: one is a near-duplicate
// of an accepted one on the same picture (or of a text-only one when it has no picture) whose
// signature differs in few bits. Samples on different pictures never are. Fast for any number of
// samples on one picture or on none; does not say how near, nor which is the better one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace flywheel {

inline constexpr int kUsualDistance = 3;
inline constexpr int kMostDistance = 7;

// 64-bit signatures, searched by Hamming distance. Small sets are read through. Larger ones are
// kept by bands as well: two signatures that differ in at most k bits are equal in one of k + 1
// bands at least (the pigeonhole of Manku, Jain, Sarma, WWW 2007).
class SignatureSet {
 public:
  explicit SignatureSet(int distance) : distance_(distance) {}
  bool HasNear(uint64_t signature) const;
  void Add(uint64_t signature);

 private:
  int bands() const { return distance_ <= 3 ? 4 : 8; }
  size_t Bucket(uint64_t signature, int band) const;
  bool IsNear(uint64_t one, uint64_t other) const;
  void AddToBands(uint64_t signature);

  int distance_;
  std::vector<uint64_t> signatures_;            // while few
  std::vector<std::vector<uint64_t>> by_band_;  // when many: bands() tables of equal size
};

class NearDuplicates {
 public:
  // `distance`: the most bits in which near-duplicates differ, 0 to kMostDistance, else
  // INVALID_ARGUMENT.
  static Result<NearDuplicates> Create(int distance = kUsualDistance);

  // Accepts the sample and says true, or says false: it is a near-duplicate of an accepted one.
  // `image_key`: of ImageKey. `signature`: of TextSignature.
  bool Accept(uint64_t image_key, uint64_t signature);

 private:
  explicit NearDuplicates(int distance) : distance_(distance) {}

  int distance_;
  std::unordered_map<uint64_t, SignatureSet> by_image_;
};

}  // namespace flywheel
