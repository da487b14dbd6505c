#include "tests/e2e/command_line.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "base/io/files.h"

extern char** environ;

namespace flywheel::testing {
namespace {

constexpr double kPollS = 0.02;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  INFO(name << " is set by ctest");
  REQUIRE(value != nullptr);
  return value;
}

// Without what would point the commands at another daemon.
std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!text.starts_with("FLYWHEEL_SERVER=")) variables.push_back(text);
  }
  return variables;
}

std::string ReadAll(const std::string& path) {
  const auto text = ReadFile(path);
  return text.ok() ? *text : "";
}

}  // namespace

RunningCommand::RunningCommand(const std::vector<std::string>& arguments) {
  ChildCommand command;
  command.program = ProgramPath("flywheel");
  command.arguments = arguments;
  command.environment = Environment();
  command.directory = folder_.path();
  command.stdout_file = folder_ / "out";
  command.stderr_file = folder_ / "err";
  auto child = ChildProcess::Start(command);
  INFO((child.ok() ? "" : child.status().message()));
  REQUIRE(child.ok());
  child_ = std::make_unique<ChildProcess>(*std::move(child));
}

bool RunningCommand::WaitForErr(const std::string& text, double timeout_s) {
  const auto begin = std::chrono::steady_clock::now();
  while (ReadAll(folder_ / "err").find(text) == std::string::npos) {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    if (child_->WaitFor(kPollS) || waited.count() > timeout_s) return false;
  }
  return true;
}

CommandResult RunningCommand::Wait(double timeout_s) {
  const auto exit = child_->WaitFor(timeout_s);
  if (!exit) {
    child_->SignalGroup(SIGKILL);
    child_->WaitFor(timeout_s);
  }
  return {.exit_code = exit && exit->signal == 0 ? exit->exit_code : -1,
          .out = ReadAll(folder_ / "out"),
          .err = ReadAll(folder_ / "err")};
}

CommandResult RunFlywheel(const std::vector<std::string>& arguments, double timeout_s) {
  return RunningCommand(arguments).Wait(timeout_s);
}

ChildProcess StartDaemon(const std::string& state_dir, const std::string& log) {
  ChildCommand command;
  command.program = ProgramPath("flywheeld");
  command.arguments = {"--state-dir", state_dir};
  command.environment = Environment();
  command.stdout_file = log;
  command.stderr_file = log;
  auto child = ChildProcess::Start(command);
  REQUIRE(child.ok());
  return *std::move(child);
}

std::string SourcePath(const std::string& relative) {
  return Variable("FLYWHEEL_SOURCE_DIR") + "/" + relative;
}

std::string ProgramPath(const std::string& name) {
  return Variable("FLYWHEEL_BIN_DIR") + "/" + name;
}

std::vector<std::string> ProcessesNaming(const std::string& text) {
  std::vector<std::string> found;
  for (const int pid : PidsNaming("", text)) {
    std::string line = ReadAll("/proc/" + std::to_string(pid) + "/cmdline");
    std::replace(line.begin(), line.end(), '\0', ' ');
    found.push_back(line);
  }
  return found;
}

std::vector<int> PidsNaming(const std::string& program, const std::string& text) {
  std::vector<int> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || pid == ::getpid()) continue;
    const std::string line = ReadAll(entry.path().string() + "/cmdline");
    if (line.find(text) == std::string::npos || line.find(program) == std::string::npos) continue;
    pids.push_back(pid);
  }
  return pids;
}

}  // namespace flywheel::testing
