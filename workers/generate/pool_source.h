// Samples of a pool as training data: chosen by question type to fill quotas, those that the
// benchmark has or that cannot be trained on replaced by others. Reads the pool and the image
// files; writes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "generators/fingerprints.h"
#include "pool/formats/llava_row.h"
#include "workers/generate/generate_parameters.h"

namespace flywheel {

struct PoolQuotas {
  PoolParameters pool;
  std::map<int, int> by_type;  // samples; one counts as one question, whatever its turns
  uint64_t seed = 0;
  std::string id_prefix;   // "i2": rows are "i2-coco:12#1"
  std::string image_root;  // what rows' images will be relative to
  std::function<bool()> should_stop = [] { return false; };
};

// What new samples must not repeat.
struct PoolExclusions {
  const Fingerprints* benchmark = nullptr;
  std::unordered_set<uint64_t> used;     // content hashes
  std::unordered_set<std::string> rows;  // ids of rows that other sources gave
};

struct PoolSample {
  int type = 0;
  std::string name;  // "coco:12#1", as `flywheel pool select --ids` finds it
  std::string why;   // in words
  uint64_t content_hash = 0;
  LlavaRow row;  // its member "pool" says what sample of the pool it is
};

struct PoolSamples {
  std::vector<PoolSample> samples;         // at most the quotas; in a random order by the seed
  int64_t generation = 0;                  // of the pool
  std::map<std::string, int64_t> dropped;  // by reason
};

// What a type lacks is not padded. INVALID_ARGUMENT when the pool lacks tags or signatures, is
// damaged, or has images outside image_root: says what to do. NOT_FOUND: there is no pool.
Result<PoolSamples> TakeFromPool(const PoolQuotas& quotas, const PoolExclusions& exclusions);

}  // namespace flywheel
