#include "orchestrator/store/sqlite.h"

#include <fmt/format.h>

#include "orchestrator/store/sqlite_calls.h"

namespace flywheel {
namespace {

// What the caller can do about it, from SQLite's primary result code.
StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StatusCode::kResourceExhausted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return StatusCode::kPermissionDenied;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StatusCode::kDataLoss;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StatusCode::kUnavailable;
    default:
      return StatusCode::kInternal;
  }
}

// Which call on the file failed, where the code says so.
std::string_view FailedCall(int code) {
  switch (code) {
    case SQLITE_IOERR_WRITE:
      return " in a write";
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return " in an fsync";
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
      return " in a read";
    case SQLITE_IOERR_TRUNCATE:
      return " in a truncation";
    default:
      return "";
  }
}

Status SqliteError(sqlite3* connection, int code, std::string_view action) {
  const char* file = connection == nullptr ? nullptr : sqlite3_db_filename(connection, "main");
  const bool knows = connection != nullptr && sqlite3_extended_errcode(connection) == code;
  const char* message = knows ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  return Status(CodeOf(code), fmt::format("{} {}: {}{} (SQLite code {})", action,
                                          file == nullptr ? "the database" : file, message,
                                          FailedCall(code), code));
}

// After so many pages the WAL is copied into the database, as SQLite does by itself; but SQLite
// passes over a failure of that copy, and a device that failed once is not to be written on.
constexpr int kCheckpointPages = 1000;

int CheckpointAfterCommit(void*, sqlite3* connection, const char* database, int pages) {
  if (pages < kCheckpointPages) return SQLITE_OK;
  const int code =
      sqlite3_wal_checkpoint_v2(connection, database, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const int primary = code & 0xff;
  // The commit itself is durable: where the copy must wait, for room or a reader, it waits.
  return primary == SQLITE_BUSY || primary == SQLITE_FULL ? SQLITE_OK : code;
}

}  // namespace

void SqliteStatement::BindInt(int index, int64_t value) {
  FW_CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK, "no such parameter");
}

void SqliteStatement::BindBlob(int index, std::string_view bytes) {
  const int code =
      sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
  FW_CHECK(code == SQLITE_OK, "no such parameter, or too many bytes");
}

void SqliteStatement::BindText(int index, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  FW_CHECK(code == SQLITE_OK, "no such parameter, or too many bytes");
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(sqlite3_db_handle(statement_.get()), code, "use");
}

Status SqliteStatement::Run() {
  Status status;
  while (true) {
    const Result<bool> row = Step();
    if (!row.ok()) status = row.status();
    if (!row.ok() || !*row) break;
  }
  Reset();
  return status;
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::Bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, static_cast<size_t>(size));
}

Result<SqliteConnection> SqliteConnection::Open(const std::string& path) {
  sqlite3* raw = nullptr;
  // One thread at a time uses the connection: the store thread. EXRESCODE tells a full disk apart.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, SqliteFileSystem());
  SqliteConnection connection(raw);
  if (code != SQLITE_OK) return SqliteError(raw, code, "open").WithContext(path);
  sqlite3_wal_hook(raw, CheckpointAfterCommit, nullptr);
  return connection;
}

Status SqliteConnection::Commit() {
  const int code = SqliteCommit(connection_.get());
  if (code != SQLITE_OK) return SqliteError(connection_.get(), code, "commit to");
  return OkStatus();
}

Result<SqliteStatement> SqliteConnection::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return SqliteError(connection_.get(), code, "prepare a statement for");
  return SqliteStatement(statement);
}

Status SqliteConnection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(connection_.get(), code, "write");
  return OkStatus();
}

int64_t SqliteConnection::Changes() const { return sqlite3_changes64(connection_.get()); }

Result<std::string> SqliteConnection::QueryText(std::string_view sql) {
  FW_ASSIGN(SqliteStatement statement, Prepare(sql));
  FW_ASSIGN(const bool row, statement.Step());
  return row ? std::string(statement.Bytes(0)) : std::string();
}

}  // namespace flywheel
