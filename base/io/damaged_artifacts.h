// Artifacts whose bytes are no longer what they were: found by reading, and put aside, so that the
// task that made them can write them again (a writer skips what is there). What was put aside stays
// in <root>/damaged for people to look at; nothing here deletes. Does not know who needs an
// artifact.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/io/artifact_dir.h"
#include "base/result.h"

namespace flywheel {

// Reads all of an artifact. A file object (of a folder: its manifest, or one of its files) whose
// bytes do not have its digest, twice, is renamed to damaged/<digest>.<number>. DATA_LOSS: that
// happened; NOT_FOUND: something is missing. With both the artifact must be made again. Any other
// failure says that it could not be read now: UNAVAILABLE where the store itself is not there.
Status CheckOrPutAside(const ArtifactDir& artifacts, std::string_view digest);

// Whether that is what a status of CheckOrPutAside says.
bool MustBeMadeAgain(const Status& status);

struct DamagedObjects {
  int64_t count = 0;
  int64_t bytes = 0;
};
// What was put aside so far.
Result<DamagedObjects> CountDamaged(const ArtifactDir& artifacts);

}  // namespace flywheel
