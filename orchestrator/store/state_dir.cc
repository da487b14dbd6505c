#include "orchestrator/store/state_dir.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kInstallationIdBytes = 4;
// More than a file system hands out of its reserve: a disk that is full refuses it.
constexpr size_t kProbeBytes = 256 * 1024;

// A full disk shows when something is written, not before.
Status ProbeSpace(const std::string& folder) {
  const std::string path = folder + "/.probe";
  Status status = WriteFileAtomic(path, std::string(kProbeBytes, '\n'));
  ::unlink(path.c_str());
  return status;
}

bool IsInstallationId(std::string_view text) {
  return text.size() == 2 * kInstallationIdBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::string> InstallationId(const std::string& folder) {
  const std::string path = folder + "/installation_id";
  Result<std::string> text = ReadFile(path);
  if (text.ok()) {
    std::string id = text->substr(0, text->find('\n'));
    if (IsInstallationId(id)) return id;
    return DataLoss(fmt::format("{}: '{}': expected 8 hex digits", path, id));
  }
  if (text.status().code() != StatusCode::kNotFound) return text.status();
  unsigned char bytes[kInstallationIdBytes];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return ErrnoStatus(errno, "draw random bytes for", path);
  }
  const std::string id = fmt::format("{:02x}", fmt::join(bytes, ""));
  FW_TRY(WriteFileAtomic(path, id + "\n"));
  return id;
}

}  // namespace

Result<StateDir> StateDir::Open(const std::string& path, IfOwned if_owned) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return ErrnoStatus(error.value(), "find", path);
  std::string folder = absolute;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  const auto context = [&](const Status& status) {
    return status.WithContext(fmt::format("state directory {}", folder));
  };
  if (Status status = MakeDirectories(folder); !status.ok()) return context(status);
  FW_ASSIGN(Ownership ownership,
            if_owned == IfOwned::kTakeOver ? Ownership::TakeOver(folder) : Ownership::Take(folder));
  StateDir state(folder, std::move(ownership));
  if (Status status = RemoveTemporaries(folder); !status.ok()) return context(status);
  if (Status status = ProbeSpace(folder); !status.ok()) return context(status);
  Result<std::string> id = InstallationId(folder);
  if (!id.ok()) return context(id.status());
  state.installation_id_ = *std::move(id);
  return state;
}

}  // namespace flywheel
