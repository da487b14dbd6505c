#include "base/io/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/io/disk_calls.h"
#include "base/io/file_descriptor.h"

namespace flywheel {
namespace {

// Between a file's name and the pid of the process that writes the next one.
constexpr std::string_view kTemporaryMark = ".tmp.";

// `sync` is called with the written file before it gets its name.
Status WriteAndRename(const std::string& path, std::string_view bytes, int (*sync)(int fd)) {
  const std::string temporary = fmt::format("{}{}{}", path, kTemporaryMark, ::getpid());
  ::unlink(temporary.c_str());
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) return ErrnoStatus(errno, "create", temporary);
  Status status = WriteAll(file.get(), bytes, temporary);
  if (status.ok() && sync(file.get()) != 0) status = ErrnoStatus(errno, "fsync", temporary);
  if (file.Close() != 0 && status.ok()) status = ErrnoStatus(errno, "close", temporary);
  if (status.ok() && DiskRename(temporary, path) != 0) {
    status = ErrnoStatus(errno, "rename to", path);
  }
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

// The process that a temporary file belongs to is gone. False for every other file.
bool IsLeftBehind(const std::string& name) {
  const size_t mark = name.rfind(kTemporaryMark);
  if (mark == std::string::npos) return false;
  const std::string_view digits = std::string_view(name).substr(mark + kTemporaryMark.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  if (error != std::errc() || end != digits.data() + digits.size() || pid <= 0) return false;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

Status ErrnoStatus(int error, std::string_view action, std::string_view path) {
  const std::string message =
      fmt::format("{} {}: {}", action, path, std::generic_category().message(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return NotFound(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return PermissionDenied(message);
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ResourceExhausted(message);
    case EEXIST:
      return AlreadyExists(message);
    case EIO:
    case ESTALE:
      return Unavailable(message);
    default:
      return Internal(message);
  }
}

Result<std::string> ReadFile(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus(errno, "read", path);
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, "read", path);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = DiskWrite(fd, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(errno, "write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return OkStatus();
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return ErrnoStatus(errno, "create", path);
  FW_TRY(WriteAll(file.get(), bytes, path));
  if (file.Close() != 0) return ErrnoStatus(errno, "close", path);
  return OkStatus();
}

Status WriteFileAtomic(const std::string& path, std::string_view bytes) {
  FW_TRY(WriteAndRename(path, bytes, /*sync=*/DiskSync));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return SyncDirectory(folder.empty() ? "." : folder);
}

Status ReplaceFile(const std::string& path, std::string_view bytes) {
  return WriteAndRename(path, bytes, [](int) { return 0; });
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return ErrnoStatus(error.value(), "create folder", path);
  return OkStatus();
}

Status SyncDirectory(const std::string& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return ErrnoStatus(errno, "open folder", path);
  if (DiskSync(folder.get()) != 0) return ErrnoStatus(errno, "fsync folder", path);
  return OkStatus();
}

Status RemoveTemporaries(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (IsLeftBehind(entry.path().filename().string())) ::unlink(entry.path().c_str());
  }
  if (error) return ErrnoStatus(error.value(), "read folder", folder);
  return OkStatus();
}

Status ForEachLine(const std::string& path,
                   const std::function<Status(std::string_view, int64_t)>& line) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  std::string text;
  for (int64_t number = 1; std::getline(file, text); ++number) {
    FW_TRY(line(text, number).WithContext(fmt::format("{}:{}", path, number)));
  }
  if (file.bad()) return Internal(fmt::format("read {}: failed midway", path));
  return OkStatus();
}

}  // namespace flywheel
