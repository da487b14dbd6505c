#include "base/io/process_identity.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/process_tree.h"

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace flywheel {
namespace {

Status Ended(int64_t pid) { return NotFound(fmt::format("process {} has ended", pid)); }

}  // namespace

Result<ProcessIdentity> IdentifyProcess(int64_t pid) {
  FW_ASSIGN(const ProcessStat stat, ReadProcessStat(pid));
  FW_ASSIGN(std::string boot_id, ReadFile("/proc/sys/kernel/random/boot_id"));
  while (!boot_id.empty() && boot_id.back() == '\n') boot_id.pop_back();
  return ProcessIdentity{pid, stat.start_time, boot_id};
}

bool IsRunning(const ProcessIdentity& process) {
  const auto stat = ReadProcessStat(process.pid);
  if (!stat.ok() || stat->ended()) return false;
  const auto now = IdentifyProcess(process.pid);
  return now.ok() && *now == process;
}

Status SignalProcess(const ProcessIdentity& process, int signal) {
  // The pidfd holds on to whoever has the pid now; then see who that is.
  const FileDescriptor pidfd(::pidfd_open(static_cast<pid_t>(process.pid), 0));
  if (pidfd.get() < 0 || !IsRunning(process)) return Ended(process.pid);
  if (::pidfd_send_signal(pidfd.get(), signal, nullptr, 0) == 0) return OkStatus();
  if (errno == ESRCH) return Ended(process.pid);
  return ErrnoStatus(errno, "signal", fmt::format("process {}", process.pid));
}

}  // namespace flywheel
