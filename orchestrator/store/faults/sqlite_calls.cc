// In the place of orchestrator/store/sqlite_calls.cc in a build with fault points: SQLite's own
// file system, whose files' writes and fsyncs can fail, and commits that can.
#include "orchestrator/store/sqlite_calls.h"

#include <map>
#include <memory>
#include <mutex>

#include "base/io/faults/fault_points.h"

namespace flywheel {
namespace {

constexpr const char* kName = "flywheel-faults";

// The methods of one of SQLite's kinds of file, with some of ours. A file points to `methods`.
struct FaultyMethods {
  sqlite3_io_methods methods;  // first: a pointer to it is one to this
  const sqlite3_io_methods* original;
};

const sqlite3_io_methods& OriginalOf(sqlite3_file* file) {
  return *reinterpret_cast<const FaultyMethods*>(file->pMethods)->original;
}

// `call` unless it is to fail; its result, or `error`.
template <typename Call, typename Torn>
int WithFaults(FaultPoint point, int error, Call call, Torn torn) {
  const Fault fault = NextFault(point);
  if (fault == Fault::kNone) return call();
  if (fault == Fault::kFail) return error;
  if (fault == Fault::kKill) {
    torn();
  } else {
    (void)call();
  }
  if (fault != Fault::kFailLate) KillThisProcess();
  return error;
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const auto write = [&](int count) { return OriginalOf(file).xWrite(file, bytes, count, offset); };
  return WithFaults(
      FaultPoint::kWrite, SQLITE_IOERR_WRITE, [&] { return write(size); },
      [&] { (void)write(size / 2); });
}

int Sync(sqlite3_file* file, int flags) {
  return WithFaults(
      FaultPoint::kSync, SQLITE_IOERR_FSYNC, [&] { return OriginalOf(file).xSync(file, flags); },
      [] {});
}

// One for each kind of file, for ever: files point to it.
const sqlite3_io_methods* FaultyMethodsFor(const sqlite3_io_methods* original) {
  static std::mutex mutex;
  static auto* const known =
      new std::map<const sqlite3_io_methods*, std::unique_ptr<FaultyMethods>>();
  const std::lock_guard lock(mutex);
  std::unique_ptr<FaultyMethods>& methods = (*known)[original];
  if (methods == nullptr) {
    methods = std::make_unique<FaultyMethods>(FaultyMethods{*original, original});
    methods->methods.xWrite = Write;
    methods->methods.xSync = Sync;
  }
  return &methods->methods;
}

// Opens as SQLite does; then the file is one of ours.
int Open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* const original = sqlite3_vfs_find("unix");
  const int code = original->xOpen(original, path, file, flags, out_flags);
  if (file->pMethods != nullptr) file->pMethods = FaultyMethodsFor(file->pMethods);
  return code;
}

}  // namespace

const char* SqliteFileSystem() {
  static const bool registered = [] {
    static sqlite3_vfs faulty = *sqlite3_vfs_find("unix");
    faulty.zName = kName;
    faulty.xOpen = Open;
    return sqlite3_vfs_register(&faulty, /*makeDflt=*/0) == SQLITE_OK;
  }();
  return registered ? kName : nullptr;
}

int SqliteCommit(sqlite3* connection) {
  return WithFaults(
      FaultPoint::kCommit, SQLITE_IOERR,
      [&] { return sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr); }, [] {});
}

}  // namespace flywheel
