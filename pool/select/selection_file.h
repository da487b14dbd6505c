// A selection as an artifact: selection.parquet, the samples in order with why each was chosen.
// What it names is found again in a pool that has been imported anew: by data set, id and
// occurrence.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "pool/index/pool.h"
#include "pool/select/selection.h"

namespace flywheel {

// A sample with its record, as its source has it.
struct SelectedRecord {
  SelectedSample selected;
  std::string id;
  int64_t occurrence = 1;  // among samples with this id in the data set, from 1
  uint64_t content_hash = 0;
  std::string record;
};

// Reads the records of a selection, in its order. Memory: all of them.
Result<std::vector<SelectedRecord>> ReadSelected(const Selection& selection, Pool* pool);

// Columns: position (from 0), dataset, row, id, occurrence, content_hash, why.
Status WriteSelection(const std::vector<SelectedRecord>& records, const Pool& pool,
                      const std::string& path);

// The samples of a selection.parquet in this pool. NOT_FOUND names one that the pool does not have.
Result<Selection> ReadSelection(const std::string& path, Pool* pool);

// The content hashes of a selection.parquet, for leaving them out of the next one.
Result<std::unordered_set<uint64_t>> ReadSelectedContent(const std::string& path);

}  // namespace flywheel
