// What the files behind pool/sql/duck.h share: owners of DuckDB's handles, its errors as a Status
// and the table function that shows columns in memory to SQL. Included by pool/duck*.cc alone.
#pragma once

#include <duckdb.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "pool/sql/duck.h"

namespace flywheel {

// A handle of DuckDB's C interface, given back at the end of its owner.
template <typename Handle, void (*destroy)(Handle*)>
class DuckHandle {
 public:
  DuckHandle() = default;
  ~DuckHandle() {
    if (handle_ != nullptr) destroy(&handle_);
  }
  DuckHandle(DuckHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  DuckHandle& operator=(DuckHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  Handle get() const { return handle_; }
  // For calls that fill a handle that is still empty.
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using DuckDatabase = DuckHandle<duckdb_database, duckdb_close>;
using DuckConnection = DuckHandle<duckdb_connection, duckdb_disconnect>;
using DuckPrepared = DuckHandle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using DuckExtracted = DuckHandle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using DuckChunk = DuckHandle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using DuckType = DuckHandle<duckdb_logical_type, duckdb_destroy_logical_type>;
using DuckTableFunction = DuckHandle<duckdb_table_function, duckdb_destroy_table_function>;

// What a failure of DuckDB's is to the caller, in DuckDB's words. Type INVALID: as the words begin.
Status DuckFailure(duckdb_error_type type, const char* message);
// PERMISSION_DENIED unless every statement of the text only reads.
Status CheckDuckReads(duckdb_connection connection, const std::string& sql);

// A result is a struct in DuckDB, not a pointer.
class DuckResult {
 public:
  DuckResult() = default;
  ~DuckResult() { duckdb_destroy_result(&result_); }
  DuckResult(const DuckResult&) = delete;
  DuckResult& operator=(const DuckResult&) = delete;

  duckdb_result* get() { return &result_; }
  // The failure it holds; OK when it holds none.
  Status status();

 private:
  duckdb_result result_{};
};

// The database outlives every connection that rows still read through.
struct DuckSession {
  std::shared_ptr<DuckDatabase> database;
  DuckConnection connection;
};
Result<DuckSession> ConnectDuck(std::shared_ptr<DuckDatabase> database);

struct DuckRows::Impl {
  DuckSession session;  // its own: a connection reads one stream at a time
  DuckPrepared statement;
  DuckResult result;
  DuckChunk chunk;
  int64_t rows = 0;
  struct Column {
    duckdb_type type = DUCKDB_TYPE_INVALID;
    const void* values = nullptr;
    uint64_t* validity = nullptr;  // nullptr: no value of the chunk is NULL
  };
  std::vector<Column> columns;
};

// Columns that lie in memory, as the table function ColumnScanSql() reads them while one statement
// runs.
struct ColumnScan {
  std::span<const DuckColumn> columns;
  int64_t rows = 0;
};

// The table function's name and brackets, to stand after FROM.
std::string_view ColumnScanSql();
// Adds the function to the connection's database. `*scan` outlives the database; while it is null
// the function refuses to be called.
Status RegisterColumnScan(duckdb_connection connection, const ColumnScan** scan);
// Columns of one length and of valid texts, or INVALID_ARGUMENT that names the column and the row.
Result<ColumnScan> CheckColumns(std::span<const DuckColumn> columns);
// Bytes of its values, for sizing row groups.
int64_t ColumnBytes(const DuckColumn& column);

}  // namespace flywheel
