#include "pool/index/source_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/io/files.h"
#include "pool/index/dataset_import.h"

namespace flywheel {
namespace {

constexpr size_t kMostOpen = 512;  // well below what a process may have open

Status CheckSame(const PoolFile& then, int64_t size_now, int64_t changed_ns_now) {
  if (size_now == then.size && changed_ns_now == then.changed_ns) return OkStatus();
  return FailedPrecondition(fmt::format(
      "{}: has changed since it was imported ({} bytes then, {} now); run 'flywheel pool import' "
      "again",
      then.path, then.size, size_now));
}

// The file that is open: one that has been put in its place meanwhile does not matter.
Status CheckOpenUnchanged(const PoolFile& file, int fd) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return ErrnoStatus(errno, "stat", file.path);
  return CheckSame(file, info.st_size,
                   int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec);
}

}  // namespace

Status CheckSourceUnchanged(const PoolFile& file) {
  Result<PoolFile> now = StatPoolFile(file.path);
  FW_TRY(now.status());
  return CheckSame(file, now->size, now->changed_ns);
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
  FileDescriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return ErrnoStatus(errno, "open", file.path);
  if (open_.size() >= kMostOpen) open_.clear();
  const int fd = opened.get();
  open_.emplace(file.path, std::move(opened));
  return fd;
}

Result<std::string> SourceFiles::Read(const PoolFile& file, int64_t position, int64_t length) {
  FW_ASSIGN(const int fd, Open(file));
  FW_TRY(CheckOpenUnchanged(file, fd));
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
