// What a pool holds, data set by data set, beside what is published of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/index/pool.h"

namespace flywheel {

struct DatasetStats {
  std::string name;
  std::string category;
  int64_t samples = 0;
  std::optional<int64_t> expected;         // published; empty: not known
  int64_t images = 0;                      // different ones
  std::optional<int64_t> expected_images;  // published
  std::optional<int64_t> missing_images;   // not below the folder of images; empty: no folder known
  int64_t repeated_ids = 0;
  std::map<std::string, int64_t> rejected;  // by reason
  bool source_changed = false;              // since its import: its samples are refused
};

// By category in the catalogue's order, then by name.
Result<std::vector<DatasetStats>> ReadPoolStats(const Pool& pool, const Catalogue& catalogue);

}  // namespace flywheel
