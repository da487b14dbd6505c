// The right to change a pool: one process at a time. Holds the present manifest and swaps a new one
// in. Files that the generation before the present one used stay until the next writer comes, for
// readers that opened it.
#pragma once

#include <string>

#include "base/io/file_descriptor.h"
#include "base/result.h"
#include "pool/index/pool_manifest.h"

namespace flywheel {

class PoolWriter {
 public:
  // Creates the folder and an empty pool where there is none. FAILED_PRECONDITION while another
  // process has the pool.
  static Result<PoolWriter> Open(const std::string& pool);

  const PoolManifest& manifest() const { return manifest_; }
  const std::string& folder() const { return folder_; }
  // A folder for work that may be interrupted: "<pool>/work/<name>".
  std::string WorkFolder(const std::string& name) const;
  // Files that data sets of this pool are made of, when their sources cannot be read where they
  // are.
  std::string ConvertedFolder() const;
  // What a folder of the next generation is called, relative to the pool: "<name>.<generation>".
  std::string NextFolder(const std::string& name) const;

  // Puts the data set in the place of the one of its name, or beside the others, and writes the
  // next generation: durable.
  Status Put(const PoolDataset& dataset);
  Status Remove(const std::string& name);

 private:
  explicit PoolWriter(std::string folder) : folder_(std::move(folder)) {}
  Status RemoveUnused() const;

  std::string folder_;
  FileDescriptor lock_;
  PoolManifest manifest_;
};

}  // namespace flywheel
