// 64-bit signatures, searched by Hamming distance. Few are read through. Many are kept in bands of
// their bits as well: two signatures that differ in at most k bits are equal in one of k + 1 bands
// at least (the pigeonhole of Manku, Jain, Sarma, WWW 2007). Knows nothing of texts or pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flywheel {

inline constexpr int kMostDistance = 7;

class SignatureSet {
 public:
  // `distance` from 0 to kMostDistance.
  explicit SignatureSet(int distance);
  // Whether some signature of the set differs in at most `distance` bits.
  bool HasNear(uint64_t signature) const;
  void Add(uint64_t signature);

 private:
  size_t Bucket(uint64_t signature, int band) const;
  void AddToBands(uint64_t signature);

  int distance_;
  int bands_;
  std::vector<uint64_t> few_;
  // When they are many: band after band, a bucket for each value of a band. A bucket's signatures
  // lie together, because reading them is what a search waits for.
  std::vector<std::vector<uint64_t>> buckets_;
};

}  // namespace flywheel
