// Selection by what samples are: a filter in SQL, weights of question types, mixing of data sets;
// at random by a seed, without replacement, without near-duplicates and without what was used
// before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/result.h"
#include "pool/select/selection.h"

namespace flywheel {

struct FilterRequest {
  std::string where = {};  // an SQL predicate over the view `samples`; empty: all
  int64_t count = -1;      // -1: all that fit
  std::map<int, double> weights =
      {};                // by question type, 0 for none of them; empty: types do not matter
  double min_score = 0;  // of a type's tag, to count as of that type
  // How the data sets share what is taken: a data set with n samples that fit has the weight
  // n^(1/temperature). 1: as they come; large: evenly (Arivazhagan et al. 2019, section 2.2).
  double temperature = 1;
  uint64_t seed = 1;
  std::optional<int> near_duplicate_bits =
      {};                                  // most bits in which signatures of duplicates differ
  std::unordered_set<uint64_t> used = {};  // content hashes that are left out
  std::unordered_set<uint64_t> benchmark_images = {};  // image keys that are left out

  bool needs_tags() const { return !weights.empty(); }
};

// FAILED_PRECONDITION when the pool lacks tags or signatures that the request needs: says which
// command makes them. INVALID_ARGUMENT with DuckDB's words for a wrong predicate.
Result<Selection> SelectByFilter(const FilterRequest& request, const Pool& pool);

}  // namespace flywheel
