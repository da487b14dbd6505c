#include "base/io/artifact_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/digest.h"
#include "base/io/disk_calls.h"
#include "base/io/file_descriptor.h"
#include "base/io/file_digest.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/manifest.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryFolder = "tmp";
// Temporaries of other machines cannot be asked whether their writer lives; they go after this.
constexpr auto kForeignTemporaryAge = std::chrono::hours(24);

std::string HostName() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

// "<host>,<pid>,<count>": unique, and says whose it is.
std::string TemporaryPath(const std::string& root) {
  static std::atomic<uint64_t> count = 0;
  return fmt::format("{}/{}/{},{},{}", root, kTemporaryFolder, HostName(), ::getpid(), ++count);
}

// A file that is removed again unless it was renamed away.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() { ::unlink(path_.c_str()); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<FileDescriptor> CreateTemporary(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (file.get() < 0) return ErrnoStatus(errno, "create", path);
  return file;
}

Status SyncAndClose(FileDescriptor& file, const std::string& path) {
  if (DiskSync(file.get()) != 0) return ErrnoStatus(errno, "fsync", path);
  if (file.Close() != 0) return ErrnoStatus(errno, "close", path);
  return OkStatus();
}

Status SyncAll(const std::set<std::string>& folders) {
  for (const std::string& folder : folders) FW_TRY(SyncDirectory(folder));
  return OkStatus();
}

// True when it is there: then it is as young as if it were written now, so that whoever collects
// garbage leaves it alone.
bool FoundAndTouched(const std::string& path) {
  return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0;
}

// Plain files below `folder`, relative and sorted; anything else but folders is an error.
Result<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, error);
  if (error) return ErrnoStatus(error.value(), "read folder", folder);
  for (; walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const fs::path& path = walk->path();
    const fs::file_status status = walk->symlink_status(error);
    if (error) return ErrnoStatus(error.value(), "stat", path.native());
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status)) {
      return InvalidArgument(
          fmt::format("{}: expected plain files and folders only, found a {}", path.native(),
                      fs::is_symlink(status) ? "symbolic link" : "special file"));
    }
    paths.push_back(path.lexically_relative(folder).generic_string());
  }
  if (error) return ErrnoStatus(error.value(), "read folder", folder);
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<ArtifactDir> ArtifactDir::Open(std::string root) {
  std::error_code error;
  const fs::path given(std::move(root));
  const std::string absolute = fs::absolute(given, error).lexically_normal().string();
  if (error) return ErrnoStatus(error.value(), "find", given.string());
  FW_TRY(MakeDirectories(fmt::format("{}/{}", absolute, kTemporaryFolder)));
  return ArtifactDir(absolute);
}

std::string ArtifactDir::BlobPath(std::string_view digest) const {
  return fmt::format("{}/{}/{}", root_, digest.substr(0, 2), digest.substr(2));
}

std::string ArtifactDir::ManifestPath(std::string_view digest) const {
  return BlobPath(digest) + ".folder";
}

// Both calls of rename keep the first writer's or the second's bytes: they are the same.
Status ArtifactDir::Publish(const std::string& temporary, const std::string& target,
                            Unsynced& unsynced) const {
  const std::string folder = fs::path(target).parent_path().string();
  if (::mkdir(folder.c_str(), 0755) == 0) {
    unsynced.insert(root_);
  } else if (errno != EEXIST) {
    return ErrnoStatus(errno, "create folder", folder);
  }
  if (DiskRename(temporary, target) != 0) {
    return ErrnoStatus(errno, "rename to", target);
  }
  unsynced.insert(folder);
  return OkStatus();
}

Result<StoredArtifact> ArtifactDir::PutFile(const std::string& path, Unsynced& unsynced) const {
  // Copy and digest in one reading: what is stored is what was digested, whoever still writes.
  const Temporary temporary(TemporaryPath(root_));
  FW_ASSIGN(FileDescriptor file, CreateTemporary(temporary.path()));
  Sha256 sha;
  StoredArtifact stored;
  FW_TRY(ForEachPiece(path, [&](std::string_view bytes) {
    sha.Update(bytes);
    stored.size += static_cast<int64_t>(bytes.size());
    return WriteAll(file.get(), bytes, temporary.path());
  }));
  stored.digest = sha.FinishHex();
  if (FoundAndTouched(BlobPath(stored.digest))) return stored;
  FW_TRY(SyncAndClose(file, temporary.path()));
  FW_TRY(Publish(temporary.path(), BlobPath(stored.digest), unsynced));
  return stored;
}

Status ArtifactDir::PutText(std::string_view text, const std::string& target,
                            Unsynced& unsynced) const {
  if (FoundAndTouched(target)) return OkStatus();
  const Temporary temporary(TemporaryPath(root_));
  FW_ASSIGN(FileDescriptor file, CreateTemporary(temporary.path()));
  FW_TRY(WriteAll(file.get(), text, temporary.path()));
  FW_TRY(SyncAndClose(file, temporary.path()));
  return Publish(temporary.path(), target, unsynced);
}

Result<StoredArtifact> ArtifactDir::PutFolder(const std::string& path, Unsynced& unsynced) const {
  FW_ASSIGN(const std::vector<std::string> files, FilesBelow(path));
  std::vector<ManifestEntry> entries;
  StoredArtifact folder;
  for (const std::string& relative : files) {
    FW_TRY(CheckManifestPath(relative).WithContext(path));
    FW_ASSIGN(const StoredArtifact file, PutFile(path + "/" + relative, unsynced));
    entries.push_back({relative, file.size, file.digest});
    folder.size += file.size;
  }
  // The manifest last, and its files durable before it: a folder that is there is there as a whole.
  FW_TRY(SyncAll(unsynced));
  unsynced.clear();
  const std::string manifest = WriteManifest(entries);
  folder.digest = Sha256Hex(manifest);
  FW_TRY(PutText(manifest, ManifestPath(folder.digest), unsynced));
  return folder;
}

Result<StoredArtifact> ArtifactDir::Put(const std::string& path) const {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "store", path);
  if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode)) {
    return InvalidArgument(fmt::format("store {}: expected a plain file or a folder", path));
  }
  Unsynced unsynced;
  auto stored = S_ISDIR(info.st_mode) ? PutFolder(path, unsynced) : PutFile(path, unsynced);
  if (stored.ok()) FW_TRY(SyncAll(unsynced));
  return stored;
}

Result<StoredArtifact> ArtifactDir::PutBytes(std::string_view bytes) const {
  const StoredArtifact stored = {Sha256Hex(bytes), static_cast<int64_t>(bytes.size())};
  Unsynced unsynced;
  FW_TRY(PutText(bytes, BlobPath(stored.digest), unsynced));
  FW_TRY(SyncAll(unsynced));
  return stored;
}

bool ArtifactDir::IsFolder(std::string_view digest) const {
  return IsSha256Hex(digest) && fs::exists(ManifestPath(digest));
}

bool ArtifactDir::Has(std::string_view digest) const {
  return IsFolder(digest) || (IsSha256Hex(digest) && fs::exists(BlobPath(digest)));
}

Result<std::string> ArtifactDir::FilePath(std::string_view digest) const {
  if (!IsSha256Hex(digest)) {
    return InvalidArgument(fmt::format("artifact '{}': expected 64 lower-case hex digits", digest));
  }
  std::string path = BlobPath(digest);
  if (!fs::exists(path)) return NotFound(fmt::format("artifact {} is not in {}", digest, root_));
  return path;
}

Result<std::vector<ManifestEntry>> ArtifactDir::ReadManifest(std::string_view digest) const {
  if (!IsFolder(digest)) {
    return NotFound(fmt::format("folder artifact {} is not in {}", digest, root_));
  }
  const std::string path = ManifestPath(digest);
  FW_ASSIGN(const std::string text, ReadFile(path));
  if (Sha256Hex(text) != digest) {
    return DataLoss(
        fmt::format("{}: the manifest's digest is {}: it was changed", path, Sha256Hex(text)));
  }
  return ParseManifest(text, path);
}

Status ArtifactDir::Lay(std::string_view digest, const std::string& target) const {
  const auto link = [](const std::string& from, const std::string& to) {
    if (::symlink(from.c_str(), to.c_str()) == 0) return OkStatus();
    return ErrnoStatus(errno, "link", to);
  };
  if (!IsFolder(digest)) {
    FW_ASSIGN(const std::string path, FilePath(digest));
    return link(path, target);
  }
  FW_ASSIGN(const auto entries, ReadManifest(digest));
  if (::mkdir(target.c_str(), 0755) != 0) return ErrnoStatus(errno, "create folder", target);
  for (const ManifestEntry& entry : entries) {
    const std::string to = target + "/" + entry.path;
    FW_TRY(MakeDirectories(fs::path(to).parent_path().string()));
    FW_ASSIGN(const std::string path, FilePath(entry.sha256));
    FW_TRY(link(path, to));
  }
  return OkStatus();
}

Status ArtifactDir::Verify(std::string_view digest) const {
  std::set<std::string> files;
  if (IsFolder(digest)) {
    FW_ASSIGN(const auto entries, ReadManifest(digest));
    for (const ManifestEntry& entry : entries) files.insert(entry.sha256);
  } else {
    files.insert(std::string(digest));
  }
  for (const std::string& file : files) {
    FW_ASSIGN(const std::string path, FilePath(file));
    FW_ASSIGN(const FileDigest found, DigestOfFile(path));
    if (found.digest == file) continue;
    return DataLoss(
        fmt::format("{}: the bytes have digest {}: they were changed", path, found.digest));
  }
  return OkStatus();
}

Result<int> ArtifactDir::RemoveStaleTemporaries() const {
  const std::string host = HostName();
  const auto oldest = fs::file_time_type::clock::now() - kForeignTemporaryAge;
  int removed = 0;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(fmt::format("{}/{}", root_, kTemporaryFolder), error)) {
    const std::string name = entry.path().filename().string();
    const size_t comma = name.find(',');
    const bool ours = comma != std::string::npos && name.substr(0, comma) == host;
    const pid_t pid = ours ? std::atoi(name.c_str() + comma + 1) : 0;
    const bool gone = ours && pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
    std::error_code ignored;  // another sweep may have been first
    if (!gone && entry.last_write_time(ignored) > oldest) continue;
    removed += fs::remove(entry.path(), ignored) ? 1 : 0;
  }
  if (error) return ErrnoStatus(error.value(), "read folder", root_);
  return removed;
}

}  // namespace flywheel
