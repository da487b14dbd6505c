// Where each sample of a data set lies, and which samples an id has: a flat, versioned file that
// any number of processes map at once. Rows are samples in the order of the data set's files. Its
// layout is location_layout.h's, its writer location_writer.h's.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace flywheel {

struct SampleLocation {
  int32_t file = 0;      // of the data set
  int64_t position = 0;  // byte offset; for Parquet the row in the file
  uint32_t length = 0;   // bytes; for Parquet 0

  bool operator==(const SampleLocation&) const = default;
};

inline constexpr int32_t kMostFiles = 1 << 16;
inline constexpr int64_t kMostBytesOfFile = int64_t{1} << 48;
inline constexpr int64_t kMostRows = int64_t{1} << 32;

class LocationFile {
 public:
  // FAILED_PRECONDITION for another version, DATA_LOSS for a file that is cut short or damaged.
  static Result<LocationFile> Open(const std::string& path);
  LocationFile(LocationFile&&) noexcept;
  LocationFile& operator=(LocationFile&&) noexcept;
  ~LocationFile();

  int64_t size() const { return size_; }
  SampleLocation At(int64_t row) const;
  // The rows with an id of this hash, in order. Another id may have the same hash, though hardly.
  std::span<const uint32_t> RowsOf(uint64_t id_hash) const;

 private:
  LocationFile() = default;

  const char* bytes_ = nullptr;
  size_t mapped_ = 0;
  int64_t size_ = 0;
  const uint64_t* places_ = nullptr;
  const uint32_t* lengths_ = nullptr;
  const uint64_t* hashes_ = nullptr;
  const uint32_t* rows_ = nullptr;
};

}  // namespace flywheel
