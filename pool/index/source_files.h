// The data files of a pool, opened when they are needed and only while they are as they were when
// they were imported.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/io/file_descriptor.h"
#include "base/result.h"
#include "pool/index/pool_manifest.h"

namespace flywheel {

class SourceFiles {
 public:
  // `length` bytes of the file from `position`. FAILED_PRECONDITION names a file that has changed
  // and says what to do.
  Result<std::string> Read(const PoolFile& file, int64_t position, int64_t length);

  // CheckSourceUnchanged the first time a file is asked for.
  Status CheckOnce(const PoolFile& file);

 private:
  Result<int> Open(const PoolFile& file);

  std::map<std::string, FileDescriptor> open_;  // by path; checked at each read
  std::set<std::string> checked_;               // by CheckOnce
};

// OK when the file has the size and time of change of its import.
Status CheckSourceUnchanged(const PoolFile& file);

}  // namespace flywheel
