#include "pool/sql/duck.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pool/sql/duck_handles.h"

namespace flywheel {
namespace {

// Rows of a group of a Parquet file: DuckDB's own number, fewer where rows are large, so that
// writing and reading one stays within tens of megabytes.
constexpr int64_t kGroupRows = 122880;
constexpr int64_t kSmallestGroup = 2048;
constexpr int64_t kGroupBytes = int64_t{64} << 20;

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

struct Setting {
  const char* name;
  std::string value;
};

int64_t RowsOfGroup(const ColumnScan& scan) {
  int64_t bytes = 0;
  for (const DuckColumn& column : scan.columns) bytes += ColumnBytes(column);
  if (bytes <= kGroupBytes) return kGroupRows;
  const int64_t row_bytes = bytes / scan.rows + 1;
  return std::clamp(kGroupBytes / row_bytes / kSmallestGroup * kSmallestGroup, kSmallestGroup,
                    kGroupRows);
}

// Prepares statement `index` of several.
Status Prepare(duckdb_connection connection, duckdb_extracted_statements statements, idx_t index,
               DuckPrepared* prepared) {
  if (duckdb_prepare_extracted_statement(connection, statements, index, prepared->out()) ==
      DuckDBSuccess) {
    return OkStatus();
  }
  return DuckFailure(DUCKDB_ERROR_INVALID, duckdb_prepare_error(prepared->get()));
}

Result<idx_t> Extract(duckdb_connection connection, const std::string& sql,
                      DuckExtracted* statements) {
  if (sql.find('\0') != std::string::npos) return InvalidArgument("the SQL holds a NUL byte");
  const idx_t count = duckdb_extract_statements(connection, sql.c_str(), statements->out());
  if (count > 0) return count;
  const char* error = duckdb_extract_statements_error(statements->get());
  return error == nullptr ? InvalidArgument("expected a statement, found none")
                          : DuckFailure(DUCKDB_ERROR_PARSER, error);
}

}  // namespace

struct Duck::Impl {
  std::shared_ptr<DuckDatabase> database = std::make_shared<DuckDatabase>();
  DuckConnection connection;
  const ColumnScan* scan = nullptr;  // what the table function reads now
  bool read_only = false;

  // Runs SQL that reads these columns.
  Status RunOver(const ColumnScan& columns, const std::string& sql) {
    if (read_only) return PermissionDenied("the database is read-only by now");
    scan = &columns;
    DuckResult result;
    duckdb_query(connection.get(), sql.c_str(), result.get());
    scan = nullptr;
    return result.status();
  }
};

Result<DuckSession> ConnectDuck(std::shared_ptr<DuckDatabase> database) {
  DuckSession session{std::move(database), {}};
  if (duckdb_connect(session.database->get(), session.connection.out()) != DuckDBSuccess) {
    return Internal("duckdb: no connection");
  }
  return session;
}

Duck::Duck(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Duck::Duck(Duck&&) noexcept = default;
Duck& Duck::operator=(Duck&&) noexcept = default;
Duck::~Duck() = default;

Result<Duck> Duck::Open(const DuckLimits& limits) {
  auto impl = std::make_unique<Impl>();
  DuckHandle<duckdb_config, duckdb_destroy_config> config;
  FW_CHECK(duckdb_create_config(config.out()) == DuckDBSuccess, "duckdb: no memory for a config");
  const std::array<Setting, 8> settings{{{"threads", std::to_string(limits.threads)},
                                         {"memory_limit", fmt::format("{}MiB", limits.memory_mib)},
                                         {"temp_directory", limits.temp_folder},
                                         {"autoinstall_known_extensions", "false"},
                                         {"autoload_known_extensions", "false"},
                                         {"allow_community_extensions", "false"},
                                         {"allow_persistent_secrets", "false"},
                                         // The kernel caches files, and knows when they change.
                                         {"enable_external_file_cache", "false"}}};
  for (const Setting& setting : settings) {
    if (duckdb_set_config(config.get(), setting.name, setting.value.c_str()) != DuckDBSuccess) {
      return InvalidArgument(fmt::format("duckdb: {}: '{}' is not a value that it takes",
                                         setting.name, setting.value));
    }
  }
  char* error = nullptr;
  if (duckdb_open_ext(nullptr, impl->database->out(), config.get(), &error) != DuckDBSuccess) {
    Status status = DuckFailure(DUCKDB_ERROR_INVALID, error).WithContext("open duckdb");
    duckdb_free(error);
    return status;
  }
  FW_ASSIGN(DuckSession session, ConnectDuck(impl->database));
  impl->connection = std::move(session.connection);
  FW_TRY(RegisterColumnScan(impl->connection.get(), &impl->scan));
  return Duck(std::move(impl));
}

Status Duck::Run(const std::string& sql) {
  if (impl_->read_only) FW_TRY(CheckDuckReads(impl_->connection.get(), sql));
  DuckExtracted statements;
  FW_ASSIGN(const idx_t count, Extract(impl_->connection.get(), sql, &statements));
  for (idx_t i = 0; i < count; ++i) {
    DuckPrepared prepared;
    FW_TRY(Prepare(impl_->connection.get(), statements.get(), i, &prepared));
    DuckResult result;
    duckdb_execute_prepared(prepared.get(), result.get());
    FW_TRY(result.status());
  }
  return OkStatus();
}

Result<DuckRows> Duck::Query(const std::string& sql) {
  auto rows = std::make_unique<DuckRows::Impl>();
  FW_ASSIGN(rows->session, ConnectDuck(impl_->database));
  if (impl_->read_only) FW_TRY(CheckDuckReads(impl_->connection.get(), sql));
  DuckExtracted statements;
  FW_ASSIGN(const idx_t count, Extract(rows->session.connection.get(), sql, &statements));
  if (count != 1) {
    return InvalidArgument(fmt::format("expected one statement, found {}", count));
  }
  FW_TRY(Prepare(rows->session.connection.get(), statements.get(), 0, &rows->statement));
  duckdb_execute_prepared_streaming(rows->statement.get(), rows->result.get());
  FW_TRY(rows->result.status());
  const idx_t columns = duckdb_column_count(rows->result.get());
  for (idx_t i = 0; i < columns; ++i) {
    rows->columns.push_back({duckdb_column_type(rows->result.get(), i), nullptr, nullptr});
  }
  return DuckRows(std::move(rows));
}

Status Duck::CreateTable(const std::string& name, std::span<const DuckColumn> columns) {
  FW_ASSIGN(const ColumnScan scan, CheckColumns(columns));
  return impl_->RunOver(
      scan, fmt::format("CREATE TABLE {} AS SELECT * FROM {}", SqlName(name), ColumnScanSql()));
}

Status Duck::Append(const std::string& table, std::span<const DuckColumn> columns) {
  FW_ASSIGN(const ColumnScan scan, CheckColumns(columns));
  return impl_->RunOver(
      scan, fmt::format("INSERT INTO {} SELECT * FROM {}", SqlName(table), ColumnScanSql()));
}

Status Duck::WriteParquet(std::span<const DuckColumn> columns, const std::string& path) {
  return WriteParquetAs("*", columns, path);
}

Status Duck::WriteParquetAs(const std::string& expressions, std::span<const DuckColumn> columns,
                            const std::string& path) {
  FW_ASSIGN(const ColumnScan scan, CheckColumns(columns));
  // No temporary name of DuckDB's own beside the caller's.
  const std::string sql = fmt::format(
      "COPY (SELECT {} FROM {}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {}, "
      "USE_TMP_FILE false)",
      expressions, ColumnScanSql(), SqlText(path), RowsOfGroup(scan));
  return impl_->RunOver(scan, sql).WithContext(fmt::format("write {}", path));
}

Status Duck::MakeReadOnly(std::span<const std::string> folders) {
  std::string allowed;
  for (const std::string& folder : folders) {
    if (!allowed.empty()) allowed += ", ";
    allowed += SqlText(folder);
  }
  FW_TRY(Run(
      fmt::format("SET allowed_directories = [{}]::VARCHAR[]; SET enable_external_access = false; "
                  "SET lock_configuration = true",
                  allowed)));
  impl_->read_only = true;
  return OkStatus();
}

std::string SqlText(std::string_view text) { return Quoted(text, '\''); }
std::string SqlName(std::string_view name) { return Quoted(name, '"'); }

}  // namespace flywheel
