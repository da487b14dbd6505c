#include "orchestrator/store/sqlite_calls.h"

// Nothing else belongs here: a build with fault points leaves this file out as a whole.
namespace flywheel {

const char* SqliteFileSystem() { return nullptr; }

int SqliteCommit(sqlite3* connection) {
  return sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace flywheel
