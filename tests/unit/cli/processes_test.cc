#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "clients/cli/interrupts.h"
#include "clients/cli/programs.h"
#include "clients/cli/worker_processes.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

// A process that lives until it is told to end; `command` runs before.
ChildProcess StartShell(const std::string& command) {
  ChildCommand shell;
  shell.program = "/bin/sh";
  shell.arguments = {"-c", command + "; exec sleep 1000"};
  shell.environment = CurrentEnvironment();
  shell.stdout_file = "/dev/null";
  shell.stderr_file = "/dev/null";
  auto child = ChildProcess::Start(shell);
  REQUIRE(child.ok());
  return *std::move(child);
}

void Record(const std::string& state_dir, const std::string& worker, ProcessIdentity process) {
  const std::string folder = state_dir + "/workers/" + worker;
  REQUIRE(MakeDirectories(folder).ok());
  const nlohmann::json value = {
      {"pid", process.pid}, {"start_time", process.start_time}, {"boot_id", process.boot_id}};
  REQUIRE(WriteFile(folder + "/process.json", value.dump()).ok());
}

TEST_CASE("recorded workers that run are found, others are not") {
  const testing::TempDir folder;
  CHECK(RunningWorkers(folder.path()).empty());
  ChildProcess worker = StartShell(":");
  Record(folder.path(), "local-1", worker.identity());
  ProcessIdentity other_life = worker.identity();
  other_life.start_time += 1;
  Record(folder.path(), "local-2", other_life);
  REQUIRE(RunningWorkers(folder.path()).size() == 1);
  CHECK(RunningWorkers(folder.path())[0] == worker.identity());
  worker.SignalGroup(SIGKILL);
  REQUIRE(worker.WaitFor(10).has_value());
  CHECK(RunningWorkers(folder.path()).empty());
}

TEST_CASE("a worker without a record is found by its command line") {
  const testing::TempDir folder;
  // A program of that name that takes any arguments.
  const std::string program = folder / "flywheel-worker";
  REQUIRE(::symlink("/bin/sh", program.c_str()) == 0);
  ChildCommand command;
  command.program = program;
  command.arguments = {"-c", "kill -STOP $$", "--state-dir", folder / "state", "--worker-id", "w"};
  auto worker = ChildProcess::Start(command);
  REQUIRE(worker.ok());
  REQUIRE(RunningWorkers(folder / "state").size() == 1);
  CHECK(RunningWorkers(folder / "state")[0] == worker->identity());
  CHECK(RunningWorkers(folder / "stat").empty());
  worker->SignalGroup(SIGKILL);
  CHECK(worker->WaitFor(10).has_value());
}

TEST_CASE("processes are asked to end, and killed when there is a hurry") {
  ChildProcess polite = StartShell(":");
  StopProcesses({polite.identity()}, [] { return false; });
  auto exit = polite.WaitFor(10);
  REQUIRE(exit.has_value());
  CHECK(exit->signal == SIGTERM);

  ChildProcess deaf = StartShell("trap '' TERM");
  StopProcesses({deaf.identity()}, [] { return true; });
  exit = deaf.WaitFor(10);
  REQUIRE(exit.has_value());
  CHECK(exit->signal == SIGKILL);
}

TEST_CASE("what a killed process has started is killed with it") {
  const testing::TempDir folder;
  const std::string pid_file = folder / "pid";
  ChildProcess parent = StartShell("setsid sleep 1000 & echo $! > " + pid_file + ".new && mv " +
                                   pid_file + ".new " + pid_file);
  auto text = ReadFile(pid_file);
  while (!text.ok()) {
    REQUIRE_FALSE(parent.WaitFor(0.02).has_value());
    text = ReadFile(pid_file);
  }
  const auto child = IdentifyProcess(std::stoll(*text));
  REQUIRE(child.ok());
  StopProcesses({parent.identity()}, [] { return true; });
  CHECK_FALSE(IsRunning(*child));
  CHECK(parent.WaitFor(10).has_value());
}

TEST_CASE("interrupts are counted and reach the callback, also those that came before it") {
  Interrupts interrupts;
  std::atomic<int> calls = 0;
  ::kill(::getpid(), SIGINT);
  interrupts.WaitFor(10, 1);
  CHECK(interrupts.count() == 1);
  interrupts.OnInterrupt([&] { ++calls; });
  CHECK(calls == 1);
  ::kill(::getpid(), SIGTERM);
  interrupts.WaitFor(10, 2);
  interrupts.OnInterrupt({});
  CHECK(calls == 2);
  CHECK(interrupts.count() == 2);
}

TEST_CASE("programs are looked for in FLYWHEEL_BIN_DIR and a missing one is named") {
  const testing::TempDir folder;
  ::setenv("FLYWHEEL_BIN_DIR", folder.path().c_str(), 1);
  const auto missing = FindProgram("flywheeld");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.status().code() == StatusCode::kNotFound);
  CHECK(missing.status().message().find(folder / "flywheeld") == 0);
}

}  // namespace
}  // namespace flywheel
