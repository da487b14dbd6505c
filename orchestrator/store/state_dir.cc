#include "orchestrator/store/state_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
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

std::string OwnerOf(const std::string& lock_path) {
  const Result<std::string> text = ReadFile(lock_path);
  if (!text.ok() || text->empty()) return "unknown";
  return text->substr(0, text->find('\n'));
}

Result<int> TakeLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoStatus(errno, "open lock file", path);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(fd);
    if (error != EWOULDBLOCK) return ErrnoStatus(error, "lock", path);
    return FailedPrecondition(
        fmt::format("state directory {}: in use by the daemon with pid {}; stop that one, or take "
                    "another --state-dir",
                    folder, OwnerOf(path)));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const Status status = ErrnoStatus(errno, "write lock file", path);
    ::close(fd);
    return status;
  }
  return fd;
}

// A full disk shows when something is written, not before.
Status ProbeSpace(const std::string& folder) {
  const std::string path = folder + "/.probe";
  const Status status = WriteFileAtomic(path, std::string(kProbeBytes, '\n'));
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

Result<StateDir> StateDir::Open(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return ErrnoStatus(error.value(), "find", path);
  std::string folder = absolute;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  const auto context = [&](const Status& status) {
    return status.WithContext(fmt::format("state directory {}", folder));
  };
  if (Status status = MakeDirectories(folder); !status.ok()) return context(status);
  FW_ASSIGN(const int fd, TakeLock(folder));
  StateDir state(folder, fd);
  if (Status status = ProbeSpace(folder); !status.ok()) return context(status);
  Result<std::string> id = InstallationId(folder);
  if (!id.ok()) return context(id.status());
  state.installation_id_ = *std::move(id);
  return state;
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)),
      installation_id_(std::move(other.installation_id_)),
      lock_fd_(std::exchange(other.lock_fd_, -1)) {}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(installation_id_, other.installation_id_);
  std::swap(lock_fd_, other.lock_fd_);
  return *this;
}

StateDir::~StateDir() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

}  // namespace flywheel
