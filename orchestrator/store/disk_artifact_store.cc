#include "orchestrator/store/disk_artifact_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/digest.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr std::string_view kFolderSuffix = ".folder";
constexpr size_t kPrefixDigits = 2;

// The digest that a file of the store is named by, or "" for a file that is none.
std::string DigestOf(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(kFolderSuffix)) name.resize(name.size() - kFolderSuffix.size());
  std::string digest = path.parent_path().filename().string() + name;
  return IsSha256Hex(digest) ? digest : std::string();
}

}  // namespace

Result<DiskArtifactStore> DiskArtifactStore::Open(const std::string& root) {
  FW_ASSIGN(ArtifactDir artifacts, ArtifactDir::Open(root));
  FW_TRY(artifacts.RemoveStaleTemporaries().status());
  return DiskArtifactStore(std::move(artifacts));
}

bool DiskArtifactStore::Contains(std::string_view digest) const { return artifacts_.Has(digest); }

Status DiskArtifactStore::Verify(std::string_view digest) const {
  return artifacts_.Verify(digest);
}

Status DiskArtifactStore::ForEach(
    const std::function<Status(std::string_view digest, int64_t size)>& visit) const {
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(artifacts_.root(), error);
  if (error) return ErrnoStatus(error.value(), "list", artifacts_.root());
  for (; files != std::filesystem::recursive_directory_iterator(); files.increment(error)) {
    const std::string digest = DigestOf(files->path());
    std::error_code gone;  // removed between listing and looking: no longer there to visit
    if (digest.empty() || !files->is_regular_file(gone)) continue;
    const auto size = files->file_size(gone);
    if (!gone) FW_TRY(visit(digest, static_cast<int64_t>(size)));
  }
  if (error) return ErrnoStatus(error.value(), "list", artifacts_.root());
  return OkStatus();
}

Status DiskArtifactStore::Remove(std::string_view digest) {
  if (!IsSha256Hex(digest)) {
    return InvalidArgument(fmt::format("artifact '{}': expected 64 hex digits", digest));
  }
  const std::string path = fmt::format(
      "{}/{}/{}", artifacts_.root(), digest.substr(0, kPrefixDigits), digest.substr(kPrefixDigits));
  // A file and a folder never share a digest; whichever is there is the artifact.
  if (::unlink(path.c_str()) == 0) return OkStatus();
  if (errno != ENOENT) return ErrnoStatus(errno, "remove", path);
  const std::string manifest = path + std::string(kFolderSuffix);
  if (::unlink(manifest.c_str()) == 0) return OkStatus();
  return ErrnoStatus(errno, "remove", manifest);
}

}  // namespace flywheel
