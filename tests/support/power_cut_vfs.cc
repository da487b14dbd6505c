#include "tests/support/power_cut_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace flywheel {
namespace {

using Change = DiskImage::Change;
using File = DiskImage::File;

constexpr char kName[] = "power-cut";
constexpr int kSector = 512;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

}  // namespace

struct PowerCutDisk::State {
  sqlite3_vfs vfs{};
  DiskImage image;
  int64_t operations = 0;
  int64_t cut_at = kNever;
  bool full = false;
  Rng randomness{0};
  int64_t changes = 0;

  bool cut() const { return operations >= cut_at; }

  // False: the power is out and nothing happens.
  bool Operate() {
    if (cut()) return false;
    ++operations;
    return true;
  }

  void Record(File& file, Change change) {
    change.number = ++changes;
    file.Make(std::move(change));
  }
};

// What SQLite calls. C structures, C rules: no exception leaves them.
struct PowerCutDisk::Methods {
  struct Handle {
    sqlite3_file base;  // first: SQLite knows only this
    State* state;
    std::string* name;  // null for a nameless temporary file
    File* scratch;      // its bytes
    std::vector<std::unique_ptr<std::string>>* shared_memory;

    File& file() const { return name == nullptr ? *scratch : state->image.files[*name]; }
  };
  static Handle& Of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
  static State& Of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    State& state = Of(vfs);
    Handle& handle = Of(file);
    handle.base.pMethods = nullptr;
    const bool there = name != nullptr && state.image.files.contains(name);
    if (name != nullptr && !there) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      if (!state.Operate()) return SQLITE_IOERR;
      state.image.removed.erase(name);
      File& made = state.image.files[name];
      made.created = false;
      state.Record(made, {.number = 0, .kind = Change::Kind::kCreate, .offset = 0, .bytes = {}});
    }
    handle.state = &state;
    handle.name = name == nullptr ? nullptr : new std::string(name);
    handle.scratch = name == nullptr ? new File : nullptr;
    handle.shared_memory = new std::vector<std::unique_ptr<std::string>>;
    handle.base.pMethods = &kFileMethods;
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }

  static int Close(sqlite3_file* file) {
    Handle& handle = Of(file);
    delete handle.name;
    delete handle.scratch;
    delete handle.shared_memory;
    return SQLITE_OK;
  }

  static int Read(sqlite3_file* file, void* buffer, int count, sqlite3_int64 offset) {
    const std::string& bytes = Of(file).file().now;
    const auto size = static_cast<sqlite3_int64>(bytes.size());
    const auto there = std::clamp<sqlite3_int64>(size - offset, 0, count);
    if (there > 0) std::memcpy(buffer, bytes.data() + offset, static_cast<size_t>(there));
    if (there == count) return SQLITE_OK;
    std::memset(static_cast<char*>(buffer) + there, 0, static_cast<size_t>(count - there));
    return SQLITE_IOERR_SHORT_READ;
  }

  static int Write(sqlite3_file* file, const void* buffer, int count, sqlite3_int64 offset) {
    Handle& handle = Of(file);
    File& written = handle.file();
    if (!handle.state->Operate()) return SQLITE_IOERR_WRITE;
    const auto size = static_cast<sqlite3_int64>(written.now.size());
    if (handle.state->full && offset + count > size) return SQLITE_FULL;
    const auto* bytes = static_cast<const char*>(buffer);
    handle.state->Record(written, {.number = 0,
                                   .kind = Change::Kind::kWrite,
                                   .offset = offset,
                                   .bytes = std::string(bytes, static_cast<size_t>(count))});
    return SQLITE_OK;
  }

  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& handle = Of(file);
    if (!handle.state->Operate()) return SQLITE_IOERR_TRUNCATE;
    handle.state->Record(
        handle.file(), {.number = 0, .kind = Change::Kind::kTruncate, .offset = size, .bytes = {}});
    return SQLITE_OK;
  }

  static int Sync(sqlite3_file* file, int /*flags*/) {
    Handle& handle = Of(file);
    if (!handle.state->Operate()) return SQLITE_IOERR_FSYNC;
    // A new file's first sync is one of its folder too, and makes removals there last.
    if (!handle.file().created) handle.state->image.removed.clear();
    handle.file().Sync();
    return SQLITE_OK;
  }

  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(Of(file).file().now.size());
    return SQLITE_OK;
  }

  static int Lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }
  static int CheckReservedLock(sqlite3_file* /*file*/, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
  }
  static int FileControl(sqlite3_file* /*file*/, int /*what*/, void* /*with*/) {
    return SQLITE_NOTFOUND;
  }
  static int SectorSize(sqlite3_file* /*file*/) { return kSector; }
  // Like SQLite's own on Linux: a torn write damages nothing outside of what was written.
  static int Characteristics(sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    auto& pages = *Of(file).shared_memory;
    *out = nullptr;
    const auto index = static_cast<size_t>(page);
    while (extend != 0 && pages.size() <= index) {
      pages.push_back(std::make_unique<std::string>(static_cast<size_t>(size), '\0'));
    }
    if (index < pages.size()) *out = pages[index]->data();
    return SQLITE_OK;
  }
  static int ShmLock(sqlite3_file* /*file*/, int /*offset*/, int /*n*/, int /*flags*/) {
    return SQLITE_OK;
  }
  static void ShmBarrier(sqlite3_file* /*file*/) {}
  static int ShmUnmap(sqlite3_file* file, int /*remove*/) {
    Of(file).shared_memory->clear();
    return SQLITE_OK;
  }

  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    State& state = Of(vfs);
    const auto found = state.image.files.find(name);
    if (found == state.image.files.end()) return SQLITE_IOERR_DELETE_NOENT;
    if (!state.Operate()) return SQLITE_IOERR_DELETE;
    if (sync_folder == 0) state.image.removed[name] = found->second;
    state.image.files.erase(found);
    return SQLITE_OK;
  }

  static int Access(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* answer) {
    *answer = Of(vfs).image.files.contains(name) ? 1 : 0;
    return SQLITE_OK;
  }

  static int FullPathname(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
    if (std::strlen(name) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
  }

  static int Randomness(sqlite3_vfs* vfs, int size, char* out) {
    for (int i = 0; i < size; ++i) out[i] = static_cast<char>(Of(vfs).randomness.Next());
    return size;
  }

  // The disk knows no time: SQLite asks only where a statement asks it.
  static int Sleep(sqlite3_vfs* /*vfs*/, int microseconds) { return microseconds; }
  static int CurrentTime(sqlite3_vfs* /*vfs*/, double* days) {
    *days = 2461041.5;  // 2026-01-01, as a Julian day
    return SQLITE_OK;
  }
  static int GetLastError(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*out*/) { return 0; }

  static const sqlite3_io_methods kFileMethods;
};

const sqlite3_io_methods PowerCutDisk::Methods::kFileMethods = {
    2,
    Close,
    Read,
    Write,
    Truncate,
    Sync,
    FileSize,
    Lock,
    Lock,
    CheckReservedLock,
    FileControl,
    SectorSize,
    Characteristics,
    ShmMap,
    ShmLock,
    ShmBarrier,
    ShmUnmap,
    nullptr,
    nullptr,
};

PowerCutDisk::PowerCutDisk() : state_(std::make_unique<State>()) {
  FW_CHECK(sqlite3_vfs_find(kName) == nullptr, "one disk at a time: it is the default");
  sqlite3_vfs& vfs = state_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Methods::Handle);
  vfs.mxPathname = 512;
  vfs.zName = kName;
  vfs.pAppData = state_.get();
  vfs.xOpen = Methods::Open;
  vfs.xDelete = Methods::Delete;
  vfs.xAccess = Methods::Access;
  vfs.xFullPathname = Methods::FullPathname;
  vfs.xRandomness = Methods::Randomness;
  vfs.xSleep = Methods::Sleep;
  vfs.xCurrentTime = Methods::CurrentTime;
  vfs.xGetLastError = Methods::GetLastError;
  sqlite3_vfs_register(&vfs, 1);
}

PowerCutDisk::~PowerCutDisk() { sqlite3_vfs_unregister(&state_->vfs); }

int64_t PowerCutDisk::operations() const { return state_->operations; }
void PowerCutDisk::CutAfter(int64_t more) { state_->cut_at = state_->operations + more; }
bool PowerCutDisk::cut() const { return state_->cut(); }
const DiskImage& PowerCutDisk::image() const { return state_->image; }
void PowerCutDisk::SetFull(bool full) { state_->full = full; }

void PowerCutDisk::Load(DiskImage image) {
  state_->image = std::move(image);
  state_->cut_at = kNever;
}

}  // namespace flywheel
