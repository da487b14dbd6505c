#include "tests/integration/local_chain.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/io/files.h"

namespace flywheel::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kPollMs = 10;

// A shell script that runs fake_task with the behaviours in `script`.
void WriteTaskProgram(const std::string& program, const std::string& script) {
  const auto bin = std::filesystem::path(BuiltProgram("x")).parent_path().string();
  const std::string text =
      fmt::format("#!/bin/sh\nexec {}/../tests/fake_task --script {} \"$@\"\n", bin, script);
  REQUIRE(WriteFile(program, text).ok());
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, kPollMs);
  }
  return true;
}

bool LongForm() {
  const char* wish = std::getenv("FLYWHEEL_LONG_TESTS");
  return wish != nullptr && std::string(wish) == "1";
}

LocalChain::LocalChain(const nlohmann::json& script, const std::string& config,
                       const std::vector<std::string>& daemon_options)
    : task_program_(folder_ / "task.sh") {
  REQUIRE(WriteFile(folder_ / "script.json", script.dump()).ok());
  WriteTaskProgram(task_program_, folder_ / "script.json");
  daemon_.emplace(DaemonArguments{.state_dir = state(),
                                  .config = config,
                                  .more = daemon_options,
                                  .environment = {"FLYWHEEL_TASK_PROGRAM=" + task_program_}});
}

LocalChain::~LocalChain() {
  daemon_->Kill();
  KillStartedWith(state());
  for (auto& [id, worker] : started_) {
    (void)SignalProcess(worker.identity(), SIGKILL);
    (void)worker.WaitFor(std::chrono::duration<double>(kPatience).count());
  }
}

ChildProcess& LocalChain::StartWorker(const std::string& id) {
  ChildCommand command;
  command.program = BuiltProgram("flywheel-worker");
  command.arguments = {"--state-dir", state(), "--worker-id", id, "--task-program", task_program_};
  command.environment = {"PATH=/usr/bin:/bin"};
  command.stdout_file = folder_ / (id + ".log");
  command.stderr_file = command.stdout_file;
  auto started = ChildProcess::Start(command);
  INFO(started.status().ToString());
  REQUIRE(started.ok());
  return started_.insert_or_assign(id, *std::move(started)).first->second;
}

std::string LocalChain::WorkerLog(const std::string& id) const {
  const auto log = ReadFile(folder_ / (id + ".log"));
  return log.ok() ? *log : log.status().ToString();
}

std::map<std::string, ProcessIdentity> LocalChain::Workers() const {
  std::map<std::string, ProcessIdentity> workers;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(state() + "/workers", error)) {
    const auto text = ReadFile(folder.path().string() + "/process.json");
    if (!text.ok()) continue;
    const auto record = nlohmann::json::parse(*text);
    workers[folder.path().filename().string()] = {.pid = record.at("pid"),
                                                  .start_time = record.at("start_time"),
                                                  .boot_id = record.at("boot_id")};
  }
  return workers;
}

bool LocalChain::HasEnded(const std::string& part) const {
  std::error_code error;  // folders go while this looks at them
  std::filesystem::recursive_directory_iterator file(state() + "/work", error);
  for (; !error && file != std::filesystem::end(file); file.increment(error)) {
    const std::string path = file->path().string();
    if (path.find(part) != std::string::npos && path.ends_with("/exit.json")) return true;
  }
  return false;
}

ProcessIdentity ProcessNamedIn(const std::string& file) {
  REQUIRE(Eventually([&] { return std::filesystem::exists(file); }));
  const auto identity = IdentifyProcess(std::stoll(*ReadFile(file)));
  INFO(identity.status().ToString());
  REQUIRE(identity.ok());
  return *identity;
}

}  // namespace flywheel::testing
