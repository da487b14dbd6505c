#include "pool/text/near_duplicates.h"

#include <fmt/format.h>

namespace flywheel {

Result<NearDuplicates> NearDuplicates::Create(int distance) {
  if (distance < 0 || distance > kMostDistance) {
    return InvalidArgument(
        fmt::format("a distance of {} bits between near-duplicates, expected 0 to {}", distance,
                    kMostDistance));
  }
  return NearDuplicates(distance);
}

bool NearDuplicates::Accept(uint64_t image_key, uint64_t signature) {
  SignatureSet& accepted = by_image_.try_emplace(image_key, distance_).first->second;
  if (accepted.HasNear(signature)) return false;
  accepted.Add(signature);
  return true;
}

}  // namespace flywheel
