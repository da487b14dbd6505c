#include "pool/near_duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace flywheel {
namespace {

// Reading through this many costs about as much as looking into the bands.
constexpr size_t kFewSignatures = 512;
constexpr int kBits = 64;

}  // namespace

bool SignatureSet::IsNear(uint64_t one, uint64_t other) const {
  return std::popcount(one ^ other) <= distance_;
}

// Bands lie one after another in by_band_, each with a bucket for every value it can have.
size_t SignatureSet::Bucket(uint64_t signature, int band) const {
  const int width = kBits / bands();
  const uint64_t values = uint64_t{1} << width;
  return static_cast<size_t>(band) * values + (signature >> (band * width) & (values - 1));
}

bool SignatureSet::HasNear(uint64_t signature) const {
  const auto near = [&](uint64_t other) { return IsNear(signature, other); };
  if (by_band_.empty()) return std::any_of(signatures_.begin(), signatures_.end(), near);
  for (int band = 0; band < bands(); ++band) {
    const std::vector<uint64_t>& bucket = by_band_[Bucket(signature, band)];
    if (std::any_of(bucket.begin(), bucket.end(), near)) return true;
  }
  return false;
}

void SignatureSet::Add(uint64_t signature) {
  if (by_band_.empty() && signatures_.size() < kFewSignatures) {
    signatures_.push_back(signature);
    return;
  }
  if (by_band_.empty()) {
    by_band_.resize(Bucket(~uint64_t{0}, bands() - 1) + 1);
    for (const uint64_t one : std::exchange(signatures_, {})) AddToBands(one);
  }
  AddToBands(signature);
}

void SignatureSet::AddToBands(uint64_t signature) {
  for (int band = 0; band < bands(); ++band) {
    by_band_[Bucket(signature, band)].push_back(signature);
  }
}

Result<NearDuplicates> NearDuplicates::Create(int distance) {
  if (distance < 0 || distance > kMostDistance) {
    return InvalidArgument(
        fmt::format("a distance of {} bits between near-duplicates, expected 0 "
                    "to {}",
                    distance, kMostDistance));
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
