#include "tests/support/fake_task/behaviour.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/ids.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr int kStepMs = 10;
constexpr int kProgressEverySteps = 5;

void WaitForever() {
  while (true) ::pause();
}

void Flood(int64_t bytes) {
  const std::string block(1 << 16, 'x');
  while (bytes > 0) {
    const auto count = std::min<int64_t>(bytes, static_cast<int64_t>(block.size()));
    if (std::fwrite(block.data(), 1, static_cast<size_t>(count), stdout) == 0) return;
    bytes -= count;
  }
  std::fflush(stdout);
}

void Eat(int64_t megabytes) {
  static std::vector<std::vector<char>> eaten;
  for (int64_t i = 0; i < megabytes; ++i) eaten.emplace_back(1 << 20, static_cast<char>(i + 1));
}

// A process that will not go by itself.
[[noreturn]] void Remain(const std::string& pid_file) {
  ::signal(SIGTERM, SIG_IGN);
  (void)WriteFileAtomic(pid_file, std::to_string(::getpid()));
  WaitForever();
  std::abort();
}

void Leave(const std::string& where, const TaskDir& dir) {
  const std::string pid_file = dir.root() + "/left.pid";
  if (::fork() == 0) {
    if (where != "group") ::setsid();
    if (where == "daemon" && ::fork() != 0) ::_exit(0);
    Remain(pid_file);
  }
  while (!std::filesystem::exists(pid_file)) ::poll(nullptr, 0, kStepMs);
}

void AppendProgress(const TaskDir& dir, double fraction) {
  TaskProgress progress;
  progress.fraction = fraction;
  progress.message = fmt::format("{:.0f} %", fraction * 100);
  progress.rate = 10;
  progress.unit = "lines";
  std::ofstream(dir.progress_jsonl(), std::ios::app) << ToJson(progress).dump() << "\n";
}

void WaitFor(const std::string& path, const TaskDir& dir, bool quiet) {
  for (int step = 0; !std::filesystem::exists(path); ++step) {
    if (!quiet && step % kProgressEverySteps == 0) AppendProgress(dir, 0.5);
    ::poll(nullptr, 0, kStepMs);
  }
}

std::optional<int> WriteOddResult(const std::string& kind, const TaskDir& dir) {
  if (kind == "none") return 0;
  std::string text = R"({"outputs": 5})";
  if (kind == "missing_output") text = R"({"outputs": [{"name": "never_written"}]})";
  if (kind == "link") {
    (void)MakeDirectories(dir.output("folder"));
    std::error_code ignored;
    std::filesystem::create_symlink("/etc/hostname", dir.output("folder") + "/link", ignored);
    text = R"({"outputs": [{"name": "folder"}]})";
  }
  (void)WriteFileAtomic(dir.result_json(), text);
  return 0;
}

}  // namespace

Result<json> FindBehaviour(const TaskSpec& spec, const std::string& script) {
  if (spec.parameters.contains("fake")) return spec.parameters["fake"];
  json found = json::object();
  if (script.empty()) return found;
  FW_ASSIGN(const json value, ReadJsonFile(script));
  FW_ASSIGN(const AttemptId attempt, ParseAttemptId(spec.attempt));
  const std::string stage(StageName(attempt.task.stage));
  size_t longest = 0;
  for (const auto& [key, behaviour] : value.items()) {
    const bool matches = key == spec.kind || key == stage || spec.attempt.starts_with(key);
    if (!matches || key.size() < longest) continue;
    if (attempt.attempt > behaviour.value("attempts", 1 << 30)) continue;
    longest = key.size();
    found = behaviour;
  }
  return found;
}

std::optional<int> Behave(const json& behaviour, const TaskDir& dir) {
  const auto text = [&](const char* name) { return behaviour.value(name, std::string()); };
  const auto number = [&](const char* name) { return behaviour.value(name, int64_t{0}); };
  if (behaviour.value("ignore_sigterm", false)) ::signal(SIGTERM, SIG_IGN);
  if (!text("touch").empty()) {
    (void)WriteFileAtomic(text("touch"), std::to_string(::getpid()));
  }
  Flood(number("flood_bytes"));
  if (!text("stderr").empty()) {
    std::fputs(text("stderr").c_str(), stderr);
    std::fflush(stderr);
  }
  if (!text("leave").empty()) Leave(text("leave"), dir);
  Eat(number("eat_mb"));
  for (int64_t line = 0; line < number("progress"); ++line) {
    AppendProgress(dir, static_cast<double>(line + 1) / static_cast<double>(number("progress")));
  }
  if (!text("wait_for").empty()) WaitFor(text("wait_for"), dir, behaviour.value("quiet", false));
  if (behaviour.value("kill_worker", false)) ::kill(::getppid(), SIGKILL);
  if (behaviour.value("hang", false)) WaitForever();
  if (const int signal = static_cast<int>(number("signal")); signal != 0) {
    ::signal(signal, SIG_DFL);  // sanitizers catch some
    ::raise(signal);
  }
  if (behaviour.contains("exit")) return static_cast<int>(number("exit"));
  if (!text("result").empty()) return WriteOddResult(text("result"), dir);
  return std::nullopt;
}

}  // namespace flywheel::testing
