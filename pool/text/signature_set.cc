#include "pool/text/signature_set.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace flywheel {
namespace {

// Reading through this many costs about as much as looking into the bands.
constexpr size_t kFewSignatures = 512;
constexpr int kBits = 64;

bool AnyNear(const std::vector<uint64_t>& signatures, uint64_t signature, int distance) {
  return std::any_of(signatures.begin(), signatures.end(),
                     [&](uint64_t one) { return std::popcount(one ^ signature) <= distance; });
}

}  // namespace

// Widths of 16 and 8 bits: the fewest bands that are enough for the distance and divide 64.
SignatureSet::SignatureSet(int distance) : distance_(distance), bands_(distance <= 3 ? 4 : 8) {
  FW_CHECK(distance >= 0 && distance <= kMostDistance, "a distance that the bands serve");
}

size_t SignatureSet::Bucket(uint64_t signature, int band) const {
  const int width = kBits / bands_;
  const uint64_t values = uint64_t{1} << width;
  return static_cast<size_t>(band) * values + (signature >> (band * width) & (values - 1));
}

bool SignatureSet::HasNear(uint64_t signature) const {
  if (buckets_.empty()) return AnyNear(few_, signature, distance_);
  for (int band = 0; band < bands_; ++band) {
    if (AnyNear(buckets_[Bucket(signature, band)], signature, distance_)) return true;
  }
  return false;
}

void SignatureSet::Add(uint64_t signature) {
  if (buckets_.empty() && few_.size() < kFewSignatures) {
    few_.push_back(signature);
    return;
  }
  if (buckets_.empty()) {
    buckets_.resize(Bucket(~uint64_t{0}, bands_ - 1) + 1);
    for (const uint64_t one : few_) AddToBands(one);
    few_ = {};
  }
  AddToBands(signature);
}

void SignatureSet::AddToBands(uint64_t signature) {
  for (int band = 0; band < bands_; ++band) buckets_[Bucket(signature, band)].push_back(signature);
}

}  // namespace flywheel
