// In the place of base/io/disk_calls.cc in a build with fault points.
#include "base/io/disk_calls.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/io/faults/fault_points.h"

namespace flywheel {
namespace {

// `call` unless it is to fail; its result, or -1 and EIO. `torn` is what a process that is killed
// in the middle has done.
template <typename Call, typename Torn>
auto WithFaults(FaultPoint point, Call call, Torn torn) -> decltype(call()) {
  const Fault fault = NextFault(point);
  if (fault == Fault::kKill) {
    torn();
    KillThisProcess();
  }
  if (fault != Fault::kFail) {
    const auto result = call();
    if (fault == Fault::kKillLate) KillThisProcess();
    if (fault == Fault::kNone) return result;
  }
  errno = EIO;
  return -1;
}

}  // namespace

ssize_t DiskWrite(int fd, std::string_view bytes) {
  const auto write = [&](size_t size) { return ::write(fd, bytes.data(), size); };
  return WithFaults(
      FaultPoint::kWrite, [&] { return write(bytes.size()); },
      [&] { (void)!write(bytes.size() / 2); });
}

ssize_t DiskWriteAt(int fd, std::string_view bytes, off_t offset) {
  const auto write = [&](size_t size) { return ::pwrite(fd, bytes.data(), size, offset); };
  return WithFaults(
      FaultPoint::kWrite, [&] { return write(bytes.size()); },
      [&] { (void)!write(bytes.size() / 2); });
}

int DiskSync(int fd) {
  return WithFaults(
      FaultPoint::kSync, [&] { return ::fsync(fd); }, [] {});
}

int DiskRename(const std::string& from, const std::string& to) {
  return WithFaults(
      FaultPoint::kRename, [&] { return ::rename(from.c_str(), to.c_str()); }, [] {});
}

}  // namespace flywheel
