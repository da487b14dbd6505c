// A pool, opened for reading in its present generation: finds samples by id and reads their records
// where they lie. Opening maps the index and reads none of it. One Pool is one thread's; any number
// of processes may read while an import goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/index/location_file.h"
#include "pool/index/pool_manifest.h"

namespace flywheel {

struct SampleRef {
  int32_t dataset = 0;  // in manifest().datasets
  uint32_t row = 0;

  auto operator<=>(const SampleRef&) const = default;
};

class Pool {
 public:
  static Result<Pool> Open(const std::string& folder);
  Pool(Pool&&) noexcept;
  Pool& operator=(Pool&&) noexcept;
  ~Pool();

  const std::string& folder() const;
  const PoolManifest& manifest() const;
  int32_t DatasetIndex(std::string_view name) const;  // -1: none
  const PoolDataset& DatasetOf(const SampleRef& sample) const;

  // All samples with an id of this hash, by data set, then row; hashes are not proof.
  std::vector<SampleRef> FindHash(uint64_t id_hash) const;
  // Those of one data set: their rows, in order.
  std::span<const uint32_t> RowsOf(int32_t dataset, uint64_t id_hash) const;
  SampleLocation LocationOf(const SampleRef& sample) const;

  // The sample as it stands in its source, byte for byte (a row of Parquet: as a LLaVA record in
  // JSON). FAILED_PRECONDITION when the source file has changed since its import.
  Result<std::string> ReadRecord(const SampleRef& sample);
  // The id that the record has; "" where an import has made one.
  Result<std::string> ReadId(const SampleRef& sample);
  // Many at once, in the order asked for; they are read in the order of the files.
  Result<std::vector<std::string>> ReadRecords(const std::vector<SampleRef>& samples);

  // Of samples[chosen[...]], which lie in Parquet files: record and bytes of the image, empty where
  // it is not in the file. In the order of the files.
  using ParquetRowFunction =
      std::function<Status(size_t index, std::string&& record, std::string_view image)>;
  Status ForEachParquetRow(const std::vector<SampleRef>& samples, const std::vector<size_t>& chosen,
                           const ParquetRowFunction& row);

 private:
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel
