#include "clients/cli/worker_processes.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/process_tree.h"

// glibc 2.36 declares pidfd_open for C only.
extern "C" {
#include <sys/pidfd.h>
}

namespace flywheel {
namespace {

namespace fs = std::filesystem;

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

// Whether the arguments of a process are "flywheel-worker --state-dir STATE ...".
bool IsWorkerOf(const std::string& process, const std::string& state_dir) {
  const auto text = ReadFile(process + "/cmdline");
  if (!text.ok()) return false;
  const size_t end = text->find('\0');
  if (end == std::string::npos || !text->substr(0, end).ends_with("flywheel-worker")) return false;
  const std::string argument = std::string("\0--state-dir\0", 13) + state_dir + '\0';
  return text->find(argument) != std::string::npos;
}

// Those that still run and everything below them: a killed worker ends no task itself, and what a
// task has started would be nobody's.
std::vector<ProcessIdentity> WithDescendants(const std::vector<ProcessIdentity>& processes) {
  std::vector<ProcessIdentity> all;
  for (const ProcessIdentity& process : processes) {
    if (!IsRunning(process)) continue;
    all.push_back(process);
    for (const ProcessStat& below : Descendants(process.pid)) {
      if (const auto identity = IdentifyProcess(below.pid); identity.ok()) all.push_back(*identity);
    }
  }
  return all;
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
  const auto add = [&](const Result<ProcessIdentity>& process) {
    if (!process.ok() || !IsRunning(*process)) return;
    if (std::find(running.begin(), running.end(), *process) == running.end()) {
      running.push_back(*process);
    }
  };
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(state_dir + "/workers", error)) {
    add(ReadIdentity(folder.path().string() + "/process.json"));
  }
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string name = process.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (IsWorkerOf(process.path().string(), state_dir)) add(IdentifyProcess(std::stoll(name)));
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
  const std::vector<ProcessIdentity> left = WithDescendants(processes);
  SignalAll(left, SIGKILL);
  for (const ProcessIdentity& process : left) WaitForEnd(process, kKillTimeoutS);
}

}  // namespace flywheel
