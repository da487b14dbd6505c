#include "base/io/damaged_artifacts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

#include "base/io/disk_calls.h"
#include "base/io/file_descriptor.h"
#include "base/io/file_digest.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr int kMostOfOneDigest = 10'000;

std::string DamagedFolder(const ArtifactDir& artifacts) { return artifacts.root() + "/damaged"; }

// A name that nobody else takes: an empty file, to be replaced.
Result<std::string> ReserveName(const std::string& folder, std::string_view digest) {
  for (int number = 0; number < kMostOfOneDigest; ++number) {
    std::string path = fmt::format("{}/{}.{}", folder, digest, number);
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (file.get() >= 0) return path;
    if (errno != EEXIST) return ErrnoStatus(errno, "create", path);
  }
  return ResourceExhausted(fmt::format("{}: {} objects with digest {} were put aside already",
                                       folder, kMostOfOneDigest, digest));
}

// Moves the object out of the way and makes that durable; where it went. Empty: another
// process was first, or a whole one has come in its place.
Result<std::string> PutAside(const ArtifactDir& artifacts, const std::string& path,
                             std::string_view digest) {
  const std::string folder = DamagedFolder(artifacts);
  FW_TRY(MakeDirectories(folder));
  FW_ASSIGN(std::string aside, ReserveName(folder, digest));
  if (DiskRename(path, aside) != 0) {
    const int error = errno;
    ::unlink(aside.c_str());
    if (error == ENOENT) return std::string();
    return ErrnoStatus(error, "put aside", path);
  }
  // Between the last look and the rename a writer may have put a whole one there: it goes back.
  const Result<FileDigest> moved = DigestOfFile(aside);
  if (moved.ok() && moved->digest == digest) {
    if (DiskRename(aside, path) != 0) return ErrnoStatus(errno, "put back", path);
    return std::string();
  }
  FW_TRY(SyncDirectory(folder));
  FW_TRY(SyncDirectory(artifacts.root()));
  FW_TRY(SyncDirectory(fs::path(path).parent_path().string()));
  return aside;
}

// One file of the store against its name. A first look that was wrong may have been a bad read.
Status CheckObject(const ArtifactDir& artifacts, const std::string& path, std::string_view digest) {
  Result<FileDigest> found = DigestOfFile(path);
  if (found.ok() && found->digest != digest) found = DigestOfFile(path);
  if (!found.ok()) return found.status();
  if (found->digest == digest) return OkStatus();
  FW_ASSIGN(const std::string aside, PutAside(artifacts, path, digest));
  const std::string damage =
      fmt::format("{}: the bytes have digest {}: they were changed", path, found->digest);
  return DataLoss(aside.empty() ? damage : fmt::format("{}; put aside as {}", damage, aside));
}

// A store whose disk is not mounted has lost nothing.
Status CheckStoreIsThere(const ArtifactDir& artifacts) {
  if (fs::is_directory(artifacts.root() + "/tmp")) return OkStatus();
  return Unavailable(fmt::format("{}: the artifact store is not there", artifacts.root()));
}

}  // namespace

Status CheckOrPutAside(const ArtifactDir& artifacts, std::string_view digest) {
  FW_TRY(CheckStoreIsThere(artifacts));
  if (!artifacts.IsFolder(digest)) {
    FW_ASSIGN(const std::string path, artifacts.FilePath(digest));
    return CheckObject(artifacts, path, digest);
  }
  FW_TRY(CheckObject(artifacts, artifacts.ManifestPath(digest), digest));
  FW_ASSIGN(const std::vector<ManifestEntry> entries, artifacts.ReadManifest(digest));
  std::set<std::string> files;
  for (const ManifestEntry& entry : entries) files.insert(entry.sha256);
  Status damage;  // the first; but every damaged file is put aside
  for (const std::string& file : files) {
    const Result<std::string> path = artifacts.FilePath(file);
    Status status = path.ok() ? CheckObject(artifacts, *path, file) : path.status();
    if (!status.ok() && !MustBeMadeAgain(status)) return status;
    if (damage.ok()) damage = status;
  }
  return damage;
}

bool MustBeMadeAgain(const Status& status) {
  return status.code() == StatusCode::kDataLoss || status.code() == StatusCode::kNotFound;
}

Result<DamagedObjects> CountDamaged(const ArtifactDir& artifacts) {
  DamagedObjects damaged;
  std::error_code error;
  fs::directory_iterator entries(DamagedFolder(artifacts), error);
  if (error == std::errc::no_such_file_or_directory) return damaged;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    struct stat info = {};
    if (::lstat(entries->path().c_str(), &info) != 0) continue;
    ++damaged.count;
    damaged.bytes += static_cast<int64_t>(info.st_size);
  }
  if (error) return ErrnoStatus(error.value(), "list", DamagedFolder(artifacts));
  return damaged;
}

}  // namespace flywheel
