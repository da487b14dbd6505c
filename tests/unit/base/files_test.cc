#include "base/io/files.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

// The pid of a process that has ended.
pid_t EndedProcess() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  REQUIRE(pid > 0);
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  return pid;
}

TEST_CASE("what a killed writer left is removed, what another still writes and other files stay") {
  const testing::TempDir dir;
  const std::string left = dir / fmt::format("owner.json.tmp.{}", EndedProcess());
  const std::string written = dir / fmt::format("owner.json.tmp.{}", ::getpid());
  const std::vector<std::string> others = {dir / "owner.json", dir / "a.tmp.", dir / "a.tmp.1x",
                                           dir / "tmp"};
  REQUIRE(WriteFile(left, "half").ok());
  REQUIRE(WriteFile(written, "half").ok());
  for (const std::string& other : others) REQUIRE(WriteFile(other, "").ok());
  REQUIRE(RemoveTemporaries(dir.path()).ok());
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(std::filesystem::exists(written));
  for (const std::string& other : others) CHECK(std::filesystem::exists(other));
  CHECK(RemoveTemporaries(dir / "absent").code() == StatusCode::kNotFound);
}

TEST_CASE("a device that fails is told apart from a full disk and from a mistake") {
  CHECK(ErrnoStatus(EIO, "write", "/x").code() == StatusCode::kUnavailable);
  CHECK(ErrnoStatus(ENOSPC, "write", "/x").code() == StatusCode::kResourceExhausted);
  CHECK(ErrnoStatus(EIO, "write", "/x").message() == "write /x: Input/output error");
}

}  // namespace
}  // namespace flywheel
