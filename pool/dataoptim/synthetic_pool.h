// A pool like DataOptim's to measure and test on: the 21 published files with made-up rows, as many
// of each in proportion, as long on average, in the same layout. Deterministic by the seed; memory
// does not grow with the number of samples. The pictures do not exist.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/dataoptim/catalogue.h"

namespace flywheel {

struct SyntheticFile {
  std::string dataset;
  std::string path;
  int64_t samples = 0;
  int64_t bytes = 0;

  bool operator==(const SyntheticFile&) const = default;
};

struct SyntheticProgress {
  std::string dataset;
  int64_t samples = 0;  // of all files, so far
  int64_t bytes = 0;
};

struct SyntheticPoolOptions {
  std::string out;      // made when it is not there
  int64_t samples = 0;  // of all files; kMostSyntheticSamples at most
  uint64_t seed = 1;
  // Called about once a megabyte; a failure ends the writing.
  std::function<Status(const SyntheticProgress&)> progress;
};
inline constexpr int64_t kMostSyntheticSamples = 1'000'000'000;

// How many of `samples` each data set gets: in proportion to the published counts, the largest
// remainders rounded up (Hamilton's method), so that the sum is exact and the published sum gives
// the published counts.
std::vector<int64_t> SyntheticCounts(const Catalogue& catalogue, int64_t samples);

// Writes <out>/data/<file> for each data set and <out>/synthetic.json, which says what they are.
// Each file replaces an older one when it is complete. RESOURCE_EXHAUSTED when the disk is full.
Result<std::vector<SyntheticFile>> WriteSyntheticPool(const Catalogue& catalogue,
                                                      const SyntheticPoolOptions& options);

}  // namespace flywheel
