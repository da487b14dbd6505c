// The two places where a build with fault points (orchestrator/store/faults) stands between us and
// SQLite: the files below it, and the commit. Private to this folder.
#pragma once

#include <sqlite3.h>

namespace flywheel {

// The name of the file system layer (a VFS) to open databases with; nullptr: SQLite's own.
const char* SqliteFileSystem();

// COMMIT; an SQLite result code.
int SqliteCommit(sqlite3* connection);

}  // namespace flywheel
