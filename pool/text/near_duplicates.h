// Samples that are nearly the same, found greedily in the order they come: one is a near-duplicate
// of an accepted one on the same picture (or of a text-only one when it has no picture) whose
// signature differs in few bits. Samples on different pictures never are. Does not say how near
// they are, nor which is the better one.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/result.h"
#include "pool/text/signature_set.h"

namespace flywheel {

inline constexpr int kUsualDistance = 3;

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
