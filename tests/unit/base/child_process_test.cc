#include "base/io/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "base/io/files.h"
#include "base/io/process_tree.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

constexpr double kLong = 20;

ChildCommand Program(const std::string& path) {
  ChildCommand command;
  command.program = path;
  return command;
}

ChildCommand Shell(const std::string& script) {
  ChildCommand command;
  command.program = "/bin/sh";
  command.arguments = {"-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  return command;
}

// Everything until the pipe's end.
std::string Drain(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) return text;
    if (count > 0) {
      text.append(buffer, static_cast<size_t>(count));
      continue;
    }
    if (errno != EAGAIN) return text + "<" + std::to_string(errno) + ">";
    pollfd ready = {fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kLong * 1000)) <= 0) return text + "<timeout>";
  }
}

// Waits for a condition that another process makes true.
bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

TEST_CASE("exit codes and signals are told apart") {
  auto three = ChildProcess::Start(Shell("exit 3"));
  REQUIRE(three.ok());
  CHECK(three->WaitFor(kLong) == ExitStatus{.exit_code = 3});
  CHECK(three->TryWait() == ExitStatus{.exit_code = 3});
  CHECK(ToString(*three->TryWait()) == "exit code 3");
  auto killed = ChildProcess::Start(Shell("kill -9 $$"));
  REQUIRE(killed.ok());
  CHECK(killed->WaitFor(kLong) == ExitStatus{.signal = 9});
  CHECK(ToString(*killed->TryWait()) == "signal 9 (Killed)");
}

TEST_CASE("a child sees its folder, its arguments and nothing but its own environment") {
  const testing::TempDir dir;
  ChildCommand command = Shell("pwd; echo \"$NAME\"; env | wc -l; echo error >&2");
  command.environment.push_back("NAME=a value with 'quotes' and $(nothing)");
  command.directory = dir.path();
  ::setenv("FLYWHEEL_TEST_SECRET", "canary", 1);
  auto child = ChildProcess::Start(command);
  REQUIRE(child.ok());
  const std::string out = Drain(child->stdout_fd());
  CHECK(out.starts_with(dir.path() + "\na value with 'quotes' and $(nothing)\n"));
  CHECK(out.find("canary") == std::string::npos);
  CHECK(Drain(child->stderr_fd()) == "error\n");
  CHECK(child->WaitFor(kLong) == ExitStatus{});
}

TEST_CASE(
    "reliability 23: a program that cannot start is a status with the reason, and leaves no "
    "zombie") {
  const testing::TempDir dir;
  const auto absent = ChildProcess::Start(Program(dir / "absent"));
  REQUIRE_FALSE(absent.ok());
  CHECK(absent.status().code() == StatusCode::kNotFound);
  CHECK(absent.status().message().find(dir / "absent") != std::string::npos);
  CHECK(absent.status().message().find("No such file") != std::string::npos);

  REQUIRE(WriteFile(dir / "text", "not a program").ok());
  CHECK(ChildProcess::Start(Program(dir / "text")).status().code() ==
        StatusCode::kPermissionDenied);

  ChildCommand nowhere = Shell("true");
  nowhere.directory = dir / "nowhere";
  const auto lost = ChildProcess::Start(nowhere);
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.status().message().find("in folder " + dir / "nowhere") != std::string::npos);
  CHECK(Descendants(::getpid()).empty());
}

// Boost's launcher ends a failed exec with exit(): then this would write a second time.
TEST_CASE("reliability 23: nothing of this process runs in a child that fails to start") {
  const testing::TempDir dir;
  static std::string witness;
  witness = dir / "witness";
  std::atexit([] {
    if (!witness.empty()) (void)WriteFile(witness, "ran in the child");
  });
  CHECK_FALSE(ChildProcess::Start(Program(dir / "absent")).ok());
  CHECK_FALSE(std::filesystem::exists(witness));
  witness.clear();
}

TEST_CASE("descriptors of this process do not reach the child") {
  const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  REQUIRE(leak > 2);
  const std::string path = "/proc/$$/fd/" + std::to_string(leak);
  auto child = ChildProcess::Start(Shell("test -e " + path + " && echo leaked || echo closed"));
  REQUIRE(child.ok());
  CHECK(Drain(child->stdout_fd()) == "closed\n");
  CHECK(child->WaitFor(kLong) == ExitStatus{});
  ::close(leak);
}

TEST_CASE("blocked and ignored signals of this process do not reach the child") {
  sigset_t block, before;
  ::sigemptyset(&block);
  ::sigaddset(&block, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &block, &before);
  const auto old = ::signal(SIGTERM, SIG_IGN);
  auto child = ChildProcess::Start(Shell("kill -TERM $$; exit 5"));
  ::signal(SIGTERM, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  REQUIRE(child.ok());
  CHECK(child->WaitFor(kLong) == ExitStatus{.signal = SIGTERM});
}

TEST_CASE("waiting never blocks longer than asked and is told absent while the child runs") {
  auto child = ChildProcess::Start(Shell("read forever </dev/tty || exec tail -f /dev/null"));
  REQUIRE(child.ok());
  CHECK_FALSE(child->TryWait());
  CHECK_FALSE(child->WaitFor(0.01));
  CHECK(IsRunning(child->identity()));
  child->SignalGroup(SIGKILL);
  CHECK(child->WaitFor(kLong) == ExitStatus{.signal = SIGKILL});
  CHECK_FALSE(IsRunning(child->identity()));
  CHECK(SignalProcess(child->identity(), SIGTERM).code() == StatusCode::kNotFound);
}

TEST_CASE("what a leader leaves in its group dies when the leader is waited for") {
  auto child = ChildProcess::Start(Shell("tail -f /dev/null >&- 2>&- & echo $!"));
  REQUIRE(child.ok());
  const auto left = IdentifyProcess(std::stoll(Drain(child->stdout_fd())));
  CHECK(child->WaitFor(kLong) == ExitStatus{});
  if (left.ok()) CHECK(Eventually([&] { return !IsRunning(*left); }));
}

TEST_CASE("reliability 21: a subreaper ends daemons that left group and session") {
  REQUIRE(BecomeSubreaper().ok());
  auto child = ChildProcess::Start(Shell(
      "setsid sh -c 'trap \"\" TERM; (tail -f /dev/null & echo $!; wait) & ' & wait; exit 0"));
  REQUIRE(child.ok());
  std::string line;
  REQUIRE(Eventually([&] {
    char byte = 0;
    while (::read(child->stdout_fd(), &byte, 1) == 1) line += byte;
    return line.ends_with('\n');
  }));
  const auto escapee = IdentifyProcess(std::stoll(line));
  REQUIRE(escapee.ok());
  CHECK(child->WaitFor(kLong) == ExitStatus{});
  CHECK(IsRunning(*escapee));
  CHECK(KillDescendants(kLong).ok());
  CHECK_FALSE(IsRunning(*escapee));
  CHECK(Descendants(::getpid()).empty());
}

TEST_CASE(
    "reliability 24: a detached child has its own session, writes to its files and survives its "
    "thread") {
  const testing::TempDir dir;
  ChildCommand command = Shell("echo started; exec tail -f /dev/null");
  command.lifetime = ChildLifetime::kDetached;
  command.stdout_file = dir / "out";
  command.stderr_file = dir / "out";
  std::optional<ChildProcess> child;
  std::thread([&] {
    auto started = ChildProcess::Start(command);
    if (started.ok()) child = *std::move(started);
  }).join();
  REQUIRE(child);
  CHECK(child->stdout_fd() == -1);
  REQUIRE(Eventually([&] { return ReadFile(dir / "out").value() == "started\n"; }));
  CHECK(::getsid(child->pid()) == child->pid());
  CHECK_FALSE(child->TryWait());
  REQUIRE(SignalProcess(child->identity(), SIGKILL).ok());
  CHECK(child->WaitFor(kLong) == ExitStatus{.signal = SIGKILL});
}

// As many at a time as a busy machine has, each replaced as soon as it has ended.
TEST_CASE(
    "reliability 27: two thousand children end with the codes they chose and none stays behind") {
  constexpr int kChildren = 2000;
  constexpr size_t kAtATime = 32;
  constexpr int kCodes = 100;
  std::vector<std::pair<int, ChildProcess>> running;
  int started = 0, ended = 0, wrong = 0;
  while (ended < kChildren) {
    while (started < kChildren && running.size() < kAtATime) {
      const int code = started++ % kCodes;
      auto child = ChildProcess::Start(Shell("exit " + std::to_string(code)));
      REQUIRE(child.ok());
      running.emplace_back(code, *std::move(child));
    }
    std::vector<pollfd> fds;
    for (const auto& [code, child] : running) fds.push_back({child.pidfd(), POLLIN, 0});
    REQUIRE(::poll(fds.data(), fds.size(), static_cast<int>(kLong * 1000)) > 0);
    ended += static_cast<int>(std::erase_if(running, [&](auto& entry) {
      const auto status = entry.second.TryWait();
      if (status && *status != ExitStatus{.exit_code = entry.first}) ++wrong;
      return status.has_value();
    }));
  }
  CHECK(wrong == 0);
  CHECK(Descendants(::getpid()).empty());
}

TEST_CASE("the memory of a child's children is seen from this process") {
  // tail keeps what it must wait for the end of.
  auto child = ChildProcess::Start(
      Shell("(head -c 50000000 /dev/zero; exec tail -f /dev/null) | tail -n 1"));
  REQUIRE(child.ok());
  CHECK(Eventually([] { return DescendantMemory(::getpid(), INT64_MAX) > 45'000'000; }));
  CHECK(Eventually([] { return DescendantMemory(::getpid(), 0) > 45'000'000; }));
  CHECK(DescendantMemory(::getpid(), 0) < 200'000'000);
  const auto stat = ReadProcessStat(child->pid());
  REQUIRE(stat.ok());
  CHECK(stat->parent == ::getpid());
  CHECK(stat->start_time == child->identity().start_time);
  child->SignalGroup(SIGKILL);
  CHECK(child->WaitFor(kLong));
}

}  // namespace
}  // namespace flywheel
