// The samples that a selection may take from, read from the pool's columns as a stream.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "pool/select/select_filter.h"

namespace flywheel {

struct Candidate {
  SampleRef sample;
  uint64_t priority = 0;  // smaller ones are taken first; random by the seed
  uint64_t signature = 0;
  uint64_t image_key = 0;
  float type_score = 0;
  uint8_t type = 0;
};

// Calls `each` for all samples that the request's filter, minimal score and exclusions leave;
// counts what the exclusions take in `left_out`.
Status ForEachCandidate(const FilterRequest& request, const Pool& pool,
                        std::map<std::string, int64_t>* left_out,
                        const std::function<void(const Candidate&)>& each);

// The random order of a selection: XXH3 of the sample's place under the seed. Independent of the
// other samples, so that a data set added to the pool does not shuffle the rest.
uint64_t PriorityOf(uint64_t seed, std::string_view dataset, uint32_t row);

}  // namespace flywheel
