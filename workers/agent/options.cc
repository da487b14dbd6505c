#include "workers/agent/options.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/io/task_dir.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "0.1.0";

std::string Absolute(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

std::string PlainNameProblem(const std::string& name) {
  if (IsPlainName(name)) return "";
  return fmt::format("'{}': expected one plain name", name);
}

std::string LogLevelProblem(const std::string& name) {
  const auto level = ParseLogLevel(name);
  return level.ok() ? "" : level.status().message();
}

}  // namespace

int MachineCpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

int MachineMemoryMb() {
  return static_cast<int>(::sysconf(_SC_PHYS_PAGES) / 1024 * ::sysconf(_SC_PAGESIZE) / 1024);
}

std::string MachineName() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string SiblingProgram(const std::string& name) {
  if (const char* folder = std::getenv("FLYWHEEL_BIN_DIR"); folder != nullptr && *folder != '\0') {
    return fmt::format("{}/{}", folder, name);
  }
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? name : (self.parent_path() / name).string();
}

AgentOptions ParseArgumentsOrExit(int argc, char** argv) {
  AgentOptions options;
  options.kinds = {"prepare", "score", "judge", "analyze", "generate", "train"};
  options.worker_id = fmt::format("{}-{}", MachineName(), ::getpid());
  options.cpus = MachineCpus();
  options.memory_mb = MachineMemoryMb();
  options.task_program = SiblingProgram("flywheel-task");
  std::string log_level;

  CLI::App app("Runs tasks for a Flywheel daemon, one at a time, each in a process of its own.");
  app.set_version_flag("--version", kVersion);
  app.add_option("--state-dir", options.state_dir,
                 "The daemon's state directory, shared with it by the file system")
      ->required();
  app.add_option("--server", options.server,
                 "HOST:PORT or unix:PATH of the daemon; by default what STATE/daemon.json says");
  app.add_option("--worker-id", options.worker_id,
                 "Unique name; a worker that comes back under it reports what it still holds")
      ->check(PlainNameProblem)
      ->capture_default_str();
  app.add_option("--work-dir", options.work_dir,
                 "Folder of the task directories; by default STATE/work");
  app.add_option("--task-program", options.task_program,
                 "Program that runs a task: PROGRAM KIND DIR")
      ->envname("FLYWHEEL_TASK_PROGRAM")
      ->capture_default_str();
  app.add_option("--kinds", options.kinds, "Kinds of task to accept, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--cpus", options.cpus, "Cores that tasks may use")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--memory-mb", options.memory_mb, "Memory that tasks may use, in MiB")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--leave-when-idle", options.leave_when_idle,
               "End after the idle time that the daemon names");
  app.add_option("--log-level", log_level, "trace, debug, info, warn or error")
      ->check(LogLevelProblem);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    std::exit(shown == 0 ? 0 : 2);
  }
  options.state_dir = Absolute(options.state_dir);
  options.work_dir =
      options.work_dir.empty() ? options.state_dir + "/work" : Absolute(options.work_dir);
  options.task_program = Absolute(options.task_program);
  options.log_level = *ParseLogLevel(log_level);
  return options;
}

}  // namespace flywheel
