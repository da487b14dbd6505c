// Writes the shards of a pack, each when it is full, into a folder beside the one that they are
// for, and gives that its name when all are there. One writer for a folder at a time. Knows nothing
// of pools.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/io/file_descriptor.h"
#include "base/result.h"
#include "pool/export/pack.h"
#include "pool/export/pack_rows.h"

namespace flywheel {

class PackWriter {
 public:
  // The work folder "<out>.packing" is made; one that a killed process has left is emptied first.
  // ALREADY_EXISTS when something is in `out`; FAILED_PRECONDITION while another process packs
  // there.
  static Result<PackWriter> Create(const std::string& out, int64_t shard_bytes);
  PackWriter(PackWriter&&) noexcept = default;
  // Removes the work folder where Finish has not come that far.
  ~PackWriter();

  // Writes the shard that is full without this row. Memory: a shard, and what DuckDB needs to write
  // it.
  Status Add(PackRow row);
  // What was written, in order; durable. FAILED_PRECONDITION without a row.
  Result<std::vector<PackedShard>> Finish();

 private:
  PackWriter(std::string out, int64_t shard_bytes);
  Status WriteShard();

  std::string out_;
  std::string work_;
  int64_t shard_bytes_ = 0;
  FileDescriptor lock_;  // of the work folder; none: there is nothing to remove
  std::vector<PackRow> rows_;
  int64_t bytes_ = 0;
  std::vector<PackedShard> shards_;
};

}  // namespace flywheel
