#include "orchestrator/store/sqlite.h"

#include <fmt/format.h>

namespace flywheel {
namespace {

// What the caller can do about it, from SQLite's primary result code.
StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
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

Status SqliteError(sqlite3* connection, int code, std::string_view action) {
  const char* file = connection == nullptr ? nullptr : sqlite3_db_filename(connection, "main");
  const char* message = connection == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(connection);
  return Status(CodeOf(code), fmt::format("{} {}: {} (SQLite code {})", action,
                                          file == nullptr ? "the database" : file, message, code));
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
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  SqliteConnection connection(raw);
  if (code != SQLITE_OK) return SqliteError(raw, code, "open").WithContext(path);
  return connection;
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
