// Imports sources into a pool: finds out which data sets they are, leaves alone what is unchanged,
// imports the rest, and after each swaps a new generation in. One import at a time; readers go on
// with the generation that they have opened.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pool/index/dataset_import.h"

namespace flywheel {

enum class ImportChange { kAdded, kReplaced, kUnchanged };

struct ImportedDataset {
  PoolDataset dataset;
  ImportChange change = ImportChange::kAdded;
};

// FAILED_PRECONDITION while another process writes to the pool. What was imported before a failure
// is in the pool; a data set is either wholly there or as it was.
Result<std::vector<ImportedDataset>> ImportIntoPool(const std::string& pool,
                                                    const std::vector<DatasetSource>& sources,
                                                    const ImportOptions& options);

}  // namespace flywheel
