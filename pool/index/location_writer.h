// Makes the location file of a data set (location_file.h) from the runs of rows that an import has
// written down part by part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/index/location_file.h"

namespace flywheel {

// A run of rows, as an import writes it down before it knows the others.
struct LocationRun {
  std::vector<SampleLocation> locations;
  std::vector<uint64_t> id_hashes;
};
Status WriteLocationRun(const std::string& path, const LocationRun& run);
Result<LocationRun> ReadLocationRun(const std::string& path);

struct LocationTotals {
  int64_t rows = 0;
  int64_t repeated_ids = 0;  // rows whose id an earlier row has, too
};
// Makes the file of all runs, in their order: durable, by rename. Memory is bounded: as many passes
// over the runs as that takes.
Result<LocationTotals> WriteLocationFile(const std::vector<std::string>& runs,
                                         const std::string& path);

}  // namespace flywheel
