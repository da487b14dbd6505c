// Reads one data set's files into index files in a folder of its own; an import that was
// interrupted goes on behind its last whole part. Knows nothing of other data sets and of
// generations.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/formats/record_blocks.h"
#include "pool/index/pool_manifest.h"

namespace flywheel {

// What a data set is made of.
struct DatasetSource {
  std::string name;
  std::string category;
  std::string images_root;  // empty: not known
  SampleFormat format = SampleFormat::kLlava;
  std::vector<std::string> files;  // absolute paths, in order

  bool operator==(const DatasetSource&) const = default;
};

struct ImportProgress {
  std::string dataset;
  int64_t bytes = 0;  // read of this data set
  int64_t total_bytes = 0;
  int64_t samples = 0;
  int64_t rejected = 0;
};

enum class RejectPolicy { kCount, kFail };

struct ImportHooks {
  std::function<void(const ImportProgress&)> progress = [](const ImportProgress&) {};
  std::function<bool()> should_stop = [] { return false; };
};

struct ImportOptions {
  int threads = 2;
  RejectPolicy rejects = RejectPolicy::kCount;
  RecordLimits limits;
  ImportHooks hooks;
};

// The data set, its paths relative to `folder`'s place in the pool being `relative`. CANCELLED when
// it was asked to stop: a later call with the same source goes on. FAILED_PRECONDITION when a file
// changes meanwhile; INVALID_ARGUMENT names the file and the byte.
Result<PoolDataset> ImportDataset(const DatasetSource& source, const std::string& folder,
                                  const std::string& relative, const ImportOptions& options);

// Removes what only an import needs, once the data set is in the pool.
Status RemoveImportState(const std::string& folder);

// Size and time of change of a file as it is now, without its digest.
Result<PoolFile> StatPoolFile(const std::string& path);

}  // namespace flywheel
