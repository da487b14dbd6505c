#include "pool/source_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/io/files.h"
#include "pool/dataset_import.h"

namespace flywheel {
namespace {

constexpr size_t kMostOpen = 512;  // well below what a process may have open

}  // namespace

Status CheckSourceUnchanged(const PoolFile& file) {
  Result<PoolFile> now = StatPoolFile(file.path);
  FW_TRY(now.status());
  if (now->size == file.size && now->changed_ns == file.changed_ns) return OkStatus();
  return FailedPrecondition(fmt::format(
      "{}: has changed since it was imported ({} bytes then, {} now); run 'flywheel pool import' "
      "again",
      file.path, file.size, now->size));
}

Status SourceFiles::CheckOnce(const PoolFile& file) {
  if (checked_.contains(file.path)) return OkStatus();
  FW_TRY(CheckSourceUnchanged(file));
  checked_.insert(file.path);
  return OkStatus();
}

Result<int> SourceFiles::Open(const PoolFile& file) {
  const auto found = open_.find(file.path);
  if (found != open_.end()) return found->second.get();
  FW_TRY(CheckOnce(file));
  FileDescriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return ErrnoStatus(errno, "open", file.path);
  if (open_.size() >= kMostOpen) open_.clear();
  const int fd = opened.get();
  open_.emplace(file.path, std::move(opened));
  return fd;
}

Result<std::string> SourceFiles::Read(const PoolFile& file, int64_t position, int64_t length) {
  FW_ASSIGN(const int fd, Open(file));
  std::string bytes(static_cast<size_t>(length), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(position + static_cast<int64_t>(done)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "read", file.path);
    if (got == 0) {
      return DataLoss(fmt::format("{}: ends at byte {}, expected a sample of {} bytes at byte {}",
                                  file.path, position + static_cast<int64_t>(done), length,
                                  position));
    }
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace flywheel
