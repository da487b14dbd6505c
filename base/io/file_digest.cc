#include "base/io/file_digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/digest.h"
#include "base/io/file_descriptor.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kPiece = 1 << 20;

}  // namespace

Status ForEachPiece(const std::string& path,
                    const std::function<Status(std::string_view bytes)>& piece) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return ErrnoStatus(errno, "read", path);
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(info.st_mode)) {
    return InvalidArgument(fmt::format("{}: expected a plain file, found a device or pipe", path));
  }
  std::string buffer(kPiece, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, "read", path);
    if (count == 0) return OkStatus();
    FW_TRY(piece(std::string_view(buffer.data(), static_cast<size_t>(count))));
  }
}

Result<FileDigest> DigestOfFile(const std::string& path) {
  Sha256 sha;
  FileDigest found;
  FW_TRY(ForEachPiece(path, [&](std::string_view bytes) {
    sha.Update(bytes);
    found.size += static_cast<int64_t>(bytes.size());
    return OkStatus();
  }));
  found.digest = sha.FinishHex();
  return found;
}

}  // namespace flywheel
