#include "orchestrator/store/disk_artifact_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/digest.h"
#include "base/io/damaged_artifacts.h"
#include "base/io/disk_calls.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr std::string_view kFolderSuffix = ".folder";
constexpr std::string_view kAsideSuffix = ".removing";
constexpr size_t kPrefixDigits = 2;

TimeMs WrittenMs(const struct stat& info) {
  return TimeMs{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

// The digest that a file of the store is named by, or "" for a file that is none.
std::string DigestOf(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(kFolderSuffix)) name.resize(name.size() - kFolderSuffix.size());
  std::string digest = path.parent_path().filename().string() + name;
  return IsSha256Hex(digest) ? digest : std::string();
}

// A removal that a crash cut short is undone.
Status PutBackWhatWasAside(const std::string& root) {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    std::string path = entry.path().string();
    if (!path.ends_with(kAsideSuffix)) continue;
    const std::string aside = path;
    path.resize(path.size() - kAsideSuffix.size());
    if (DiskRename(aside, path) != 0) return ErrnoStatus(errno, "put back", path);
  }
  if (error) return ErrnoStatus(error.value(), "list", root);
  return OkStatus();
}

}  // namespace

Result<DiskArtifactStore> DiskArtifactStore::Open(const std::string& root) {
  FW_ASSIGN(ArtifactDir artifacts, ArtifactDir::Open(root));
  FW_TRY(artifacts.RemoveStaleTemporaries().status());
  FW_TRY(PutBackWhatWasAside(artifacts.root()));
  return DiskArtifactStore(std::move(artifacts));
}

bool DiskArtifactStore::Contains(std::string_view digest) const { return artifacts_.Has(digest); }

Status DiskArtifactStore::Verify(std::string_view digest) const {
  return artifacts_.Verify(digest);
}

Result<std::vector<std::string>> DiskArtifactStore::FilesOf(std::string_view digest) const {
  std::vector<std::string> files;
  if (!artifacts_.IsFolder(digest)) {
    FW_TRY(artifacts_.FilePath(digest).status());
    return files;
  }
  FW_ASSIGN(const std::vector<ManifestEntry> entries, artifacts_.ReadManifest(digest));
  for (const ManifestEntry& entry : entries) files.push_back(entry.sha256);
  return files;
}

Status DiskArtifactStore::ForEach(
    const std::function<Status(const StoredObject& object)>& visit) const {
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(artifacts_.root(), error);
  if (error) return ErrnoStatus(error.value(), "list", artifacts_.root());
  for (; files != std::filesystem::recursive_directory_iterator(); files.increment(error)) {
    std::string digest = DigestOf(files->path());
    struct stat info {};
    // Removed between listing and looking: no longer there to visit.
    if (digest.empty() || ::lstat(files->path().c_str(), &info) != 0) continue;
    if (!S_ISREG(info.st_mode)) continue;
    FW_TRY(visit({std::move(digest), static_cast<int64_t>(info.st_size), WrittenMs(info)}));
  }
  if (error) return ErrnoStatus(error.value(), "list", artifacts_.root());
  return OkStatus();
}

Status DiskArtifactStore::VerifyOrPutAside(std::string_view digest) {
  return CheckOrPutAside(artifacts_, digest);
}

Result<DamagedFiles> DiskArtifactStore::Damaged() const {
  FW_ASSIGN(const DamagedObjects damaged, CountDamaged(artifacts_));
  return DamagedFiles{.count = damaged.count, .bytes = damaged.bytes};
}

// Out of the way first, then a second look: a writer that found it in between has touched it, and
// it goes back; one that comes later does not find it and writes it anew.
Result<bool> DiskArtifactStore::RemoveUnused(std::string_view digest, TimeMs before) {
  if (!IsSha256Hex(digest)) {
    return InvalidArgument(fmt::format("artifact '{}': expected 64 hex digits", digest));
  }
  const std::string file = fmt::format(
      "{}/{}/{}", artifacts_.root(), digest.substr(0, kPrefixDigits), digest.substr(kPrefixDigits));
  // A file and a folder never share a digest; whichever is there is the artifact.
  for (const std::string& path : {file, file + std::string(kFolderSuffix)}) {
    const std::string aside = path + std::string(kAsideSuffix);
    if (DiskRename(path, aside) != 0) {
      if (errno == ENOENT) continue;
      return ErrnoStatus(errno, "remove", path);
    }
    struct stat info {};
    if (::lstat(aside.c_str(), &info) != 0) return ErrnoStatus(errno, "look at", aside);
    if (WrittenMs(info) >= before) {
      if (DiskRename(aside, path) != 0) return ErrnoStatus(errno, "put back", path);
      return false;
    }
    if (::unlink(aside.c_str()) != 0) return ErrnoStatus(errno, "remove", aside);
    return true;
  }
  return false;
}

}  // namespace flywheel
