// The calls that change a disk, in one place, so that a build with fault points (base/io/faults)
// can put others in their place when it links. They do what the kernel's do, errno included;
// files.h has what most callers want.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace flywheel {

// write(2) and pwrite(2): less than all of it may be written.
ssize_t DiskWrite(int fd, std::string_view bytes);
ssize_t DiskWriteAt(int fd, std::string_view bytes, off_t offset);
// fsync(2).
int DiskSync(int fd);
// rename(2).
int DiskRename(const std::string& from, const std::string& to);

}  // namespace flywheel
