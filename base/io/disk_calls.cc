#include "base/io/disk_calls.h"

#include <unistd.h>

#include <cstdio>

// Nothing else belongs here: a build with fault points leaves this file out as a whole.
namespace flywheel {

ssize_t DiskWrite(int fd, std::string_view bytes) {
  return ::write(fd, bytes.data(), bytes.size());
}

ssize_t DiskWriteAt(int fd, std::string_view bytes, off_t offset) {
  return ::pwrite(fd, bytes.data(), bytes.size(), offset);
}

int DiskSync(int fd) { return ::fsync(fd); }

int DiskRename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str());
}

}  // namespace flywheel
