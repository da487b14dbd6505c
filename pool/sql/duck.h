// DuckDB in this process: SQL, columns in memory and Parquet files. The only file of the project
// that knows DuckDB's interface; its types stay out of this header. Never reaches the network:
// extensions are neither installed nor loaded by themselves. One Duck belongs to one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace flywheel {

struct DuckLimits {
  int threads = 2;
  int64_t memory_mib = 256;
  std::string temp_folder;  // where a query that needs more memory spills; empty: nowhere
};

// The values of one column, all of the same length in one table. Texts must be valid UTF-8; blobs
// any bytes.
struct DuckBlobs {
  std::span<const std::string_view> values;
};
using DuckValues =
    std::variant<std::span<const uint8_t>,  // BOOLEAN: 0 or 1
                 std::span<const int32_t>, std::span<const int64_t>, std::span<const uint32_t>,
                 std::span<const uint64_t>, std::span<const float>,
                 std::span<const std::string_view>,  // VARCHAR
                 DuckBlobs>;                         // BLOB

struct DuckColumn {
  std::string name;
  DuckValues values;
};

// One answer, read row by row in chunks. The views of a chunk hold until the next one.
class DuckRows {
 public:
  DuckRows(DuckRows&&) noexcept;
  DuckRows& operator=(DuckRows&&) noexcept;
  ~DuckRows();

  int columns() const;
  std::string column_name(int column) const;
  std::string column_type(int column) const;  // "BIGINT", "VARCHAR", ...

  // Goes to the next chunk; false at the end.
  Result<bool> Next();
  int64_t rows() const;  // of this chunk
  bool IsNull(int column, int64_t row) const;
  // Any integer type or BOOLEAN; FW_CHECKs the type of the column.
  int64_t Int(int column, int64_t row) const;
  uint64_t Unsigned(int column, int64_t row) const;      // UBIGINT and smaller
  double Real(int column, int64_t row) const;            // FLOAT, DOUBLE
  std::string_view Text(int column, int64_t row) const;  // VARCHAR, BLOB

 private:
  friend class Duck;
  struct Impl;
  explicit DuckRows(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Duck {
 public:
  static Result<Duck> Open(const DuckLimits& limits);
  Duck(Duck&&) noexcept;
  Duck& operator=(Duck&&) noexcept;
  ~Duck();

  // One or more statements. INVALID_ARGUMENT with DuckDB's words; RESOURCE_EXHAUSTED when memory or
  // disk ran out.
  Status Run(const std::string& sql);
  // One statement whose rows come as a stream, never all at once in memory. It has a connection of
  // its own: several may be open, and temporary tables of Run are not seen.
  Result<DuckRows> Query(const std::string& sql);
  // A new table in memory with these columns.
  Status CreateTable(const std::string& name, std::span<const DuckColumn> columns);
  // Rows to the end of a table made by CreateTable, columns in its order.
  Status Append(const std::string& table, std::span<const DuckColumn> columns);
  // Writes columns as one Parquet file (zstd), in the order given; equal columns give equal bytes.
  // Not durable: the caller syncs and renames.
  Status WriteParquet(std::span<const DuckColumn> columns, const std::string& path);
  // The same for SQL expressions over the columns, as they stand after SELECT: for NULLs, lists and
  // structs, such as "id, from_json(turns, '[{\"from\":\"VARCHAR\"}]') AS conversations".
  Status WriteParquetAs(const std::string& expressions, std::span<const DuckColumn> columns,
                        const std::string& path);
  // From now on only reads of this process's tables and views and of these folders: no COPY TO, no
  // ATTACH, no other file, no setting changed back. PERMISSION_DENIED says what was tried.
  Status MakeReadOnly(std::span<const std::string> folders);

 private:
  struct Impl;
  explicit Duck(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A text as an SQL literal, quotes doubled: 'it''s'. And a name: "od""d".
std::string SqlText(std::string_view text);
std::string SqlName(std::string_view name);

}  // namespace flywheel
