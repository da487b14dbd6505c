#include "pool/formats/staged_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kWriteAtOnce = 1 << 20;

}  // namespace

// The name is one that RemoveTemporaries knows.
StagedFile::StagedFile(std::string path)
    : path_(std::move(path)), temporary_(fmt::format("{}.tmp.{}", path_, ::getpid())) {}

Result<StagedFile> StagedFile::Create(const std::string& path) {
  StagedFile staged(path);
  ::unlink(staged.temporary_.c_str());
  staged.file_ = FileDescriptor(
      ::open(staged.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (staged.file_.get() < 0) return ErrnoStatus(errno, "create", staged.temporary_);
  return staged;
}

StagedFile::~StagedFile() {
  if (file_.get() >= 0) ::unlink(temporary_.c_str());
}

Status StagedFile::Append(std::string_view bytes) {
  waiting_.append(bytes);
  bytes_ += static_cast<int64_t>(bytes.size());
  return waiting_.size() < kWriteAtOnce ? OkStatus() : Flush();
}

Status StagedFile::Flush() {
  FW_TRY(WriteAll(file_.get(), waiting_, temporary_));
  waiting_.clear();
  return OkStatus();
}

Status StagedFile::Commit(Durability durability) {
  FW_TRY(Flush());
  const bool sync = durability == Durability::kPowerCut;
  if (sync && DiskSync(file_.get()) != 0) return ErrnoStatus(errno, "fsync", temporary_);
  // Closing and naming fail without leaving the temporary file: the descriptor is gone by then.
  if (file_.Close() != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    return ErrnoStatus(error, "close", temporary_);
  }
  if (DiskRename(temporary_, path_) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    return ErrnoStatus(error, "rename to", path_);
  }
  if (!sync) return OkStatus();
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  return SyncDirectory(folder.empty() ? "." : folder);
}

}  // namespace flywheel
