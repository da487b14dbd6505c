#include "base/io/child_group.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

ChildProcess StartShell(const std::string& script, const ChildGroup& group) {
  ChildCommand command;
  command.program = "/bin/sh";
  command.arguments = {"-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  command.join_files = group.join_files();
  auto child = ChildProcess::Start(command);
  REQUIRE(child.ok());
  return *std::move(child);
}

bool EmptyWithin(const ChildGroup& group, int tenths) {
  for (int i = 0; i < tenths && !group.IsEmpty(); ++i) ::usleep(100'000);
  return group.IsEmpty();
}

TEST_CASE("reliability 21: what leaves the tree and ignores signals is ended with its group") {
  const ChildGroup group = ChildGroup::Make("c1/i0/prepare/t0/a1", 0);
  if (group.join_files().empty()) {
    WARN("skipped: this machine lets us make no control group");
    return;
  }
  TempDir folder;
  const std::string ready = folder / "ready";
  ChildProcess child =
      StartShell("trap '' TERM; setsid sh -c 'trap \"\" TERM; (sleep 1000 & touch " + ready +
                     "; wait)' & wait",
                 group);
  for (int i = 0; i < 2000 && !std::filesystem::exists(ready); ++i) ::usleep(10'000);
  REQUIRE(std::filesystem::exists(ready));
  CHECK_FALSE(group.IsEmpty());
  group.KillAll();
  CHECK(child.WaitFor(5) == ExitStatus{.exit_code = 0, .signal = SIGKILL});
  CHECK(EmptyWithin(group, 50));
}

TEST_CASE("a group goes with its owner, and its name may be used again") {
  std::string folder;
  for (int times = 0; times < 2; ++times) {
    const ChildGroup group = ChildGroup::Make("again", 0);
    if (group.join_files().empty()) {
      WARN("skipped: this machine lets us make no control group");
      return;
    }
    folder = std::filesystem::path(group.join_files()[0]).parent_path().string();
    CHECK(std::filesystem::exists(folder));
  }
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("reliability 31: a group that takes more memory than it may is ended by the kernel") {
  const ChildGroup group = ChildGroup::Make("eater", 64 << 20);
  if (group.memory_keeper() == MemoryKeeper::kPolling) {
    WARN("skipped: this machine lets us limit no group's memory");
    return;
  }
  CHECK_FALSE(group.RanOutOfMemory());
  ChildProcess child =
      StartShell("tail -c 200000000 /dev/zero | tail -c 190000000 >/dev/null", group);
  REQUIRE(child.WaitFor(20).has_value());
  CHECK(group.RanOutOfMemory());
  group.KillAll();
  CHECK(EmptyWithin(group, 50));
}

}  // namespace
}  // namespace flywheel
