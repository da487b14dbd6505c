// SQLite behind RAII and Status: a connection and its prepared statements. Knows nothing of events.
// Private to this folder; one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

class SqliteStatement {
 public:
  // Parameters count from 1. Bound bytes must live until the next Reset.
  void BindInt(int index, int64_t value);
  void BindBlob(int index, std::string_view bytes);
  void BindText(int index, std::string_view text);

  // True: a row is there. False: done.
  Result<bool> Step();
  // Runs a statement without rows to its end and makes it ready for the next time.
  Status Run();
  void Reset();

  // Columns count from 0; valid until the next Step or Reset.
  int64_t Int(int column) const;
  std::string_view Bytes(int column) const;

 private:
  friend class SqliteConnection;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

class SqliteConnection {
 public:
  // Opens or creates the file.
  static Result<SqliteConnection> Open(const std::string& path);

  Result<SqliteStatement> Prepare(std::string_view sql);
  // One or more statements without parameters.
  Status Execute(const std::string& sql);
  // Makes what was written since BEGIN durable. In a build with fault points (faults/) it may fail,
  // or succeed and say that it failed.
  Status Commit();
  // The first column of the first row, "" without a row: for pragmas that answer.
  Result<std::string> QueryText(std::string_view sql);
  // Rows that the last statement inserted, updated or deleted.
  int64_t Changes() const;

 private:
  struct Closer {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  explicit SqliteConnection(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Closer> connection_;
};

}  // namespace flywheel
