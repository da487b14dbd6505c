// The samples of one part of a data set, read in the order of the index: for what looks at every
// sample's text. Reads a file's bytes once, in large pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "pool/index/location_file.h"
#include "pool/index/pool_manifest.h"
#include "pool/index/sample_view.h"

namespace flywheel {

struct PartRange {
  int64_t first_row = 0;
  int64_t rows = 0;
};

// Calls `each` for every row of the range, in order. DATA_LOSS when a record is not what it was at
// the import, FAILED_PRECONDITION when its file has changed.
Status ForEachSampleOfPart(const PoolDataset& dataset, const LocationFile& locations,
                           const PartRange& range,
                           const std::function<void(const SampleView& sample)>& each);

}  // namespace flywheel
