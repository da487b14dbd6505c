#include "clients/cli/worker_processes.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/io/file_descriptor.h"
#include "base/io/json.h"

// glibc 2.36 declares pidfd_open for C only.
extern "C" {
#include <sys/pidfd.h>
}

namespace flywheel {
namespace {

// A worker gives its task the grace of its limits (10 s by default) before it kills it.
constexpr double kPoliteTimeoutS = 20;
constexpr double kKillTimeoutS = 5;
constexpr double kPollS = 0.1;

Result<ProcessIdentity> ReadIdentity(const std::string& path) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  ProcessIdentity process;
  JsonObjectReader reader(value, path);
  reader.Required("pid", &process.pid);
  reader.Required("start_time", &process.start_time);
  reader.Required("boot_id", &process.boot_id);
  FW_TRY(reader.FinishAllowingUnknown());
  return process;
}

void SignalAll(const std::vector<ProcessIdentity>& processes, int signal) {
  for (const ProcessIdentity& process : processes) {
    // One that has ended in the meantime needs no signal.
    [[maybe_unused]] const Status status = SignalProcess(process, signal);
  }
}

}  // namespace

std::vector<ProcessIdentity> RunningWorkers(const std::string& state_dir) {
  std::vector<ProcessIdentity> running;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(state_dir + "/workers", error)) {
    const auto process = ReadIdentity(folder.path().string() + "/process.json");
    if (process.ok() && IsRunning(*process)) running.push_back(*process);
  }
  return running;
}

bool WaitForEnd(const ProcessIdentity& process, double timeout_s) {
  const FileDescriptor pidfd(::pidfd_open(static_cast<pid_t>(process.pid), 0));
  // Looked at after the pidfd was opened: what it watches is this process or none.
  if (pidfd.get() < 0 || !IsRunning(process)) return true;
  pollfd fd = {pidfd.get(), POLLIN, 0};
  (void)::poll(&fd, 1, static_cast<int>(1000 * timeout_s));
  return !IsRunning(process);
}

void StopProcesses(const std::vector<ProcessIdentity>& processes,
                   const std::function<bool()>& hurry) {
  if (!hurry()) SignalAll(processes, SIGTERM);
  const auto begin = std::chrono::steady_clock::now();
  const auto politely = [&] {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    return !hurry() && waited.count() < kPoliteTimeoutS;
  };
  for (const ProcessIdentity& process : processes) {
    while (politely() && !WaitForEnd(process, kPollS)) {
    }
  }
  SignalAll(processes, SIGKILL);
  for (const ProcessIdentity& process : processes) WaitForEnd(process, kKillTimeoutS);
}

}  // namespace flywheel
