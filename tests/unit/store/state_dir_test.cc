#include "orchestrator/store/state_dir.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {

using testing::TempDir;

TEST_CASE("a state directory is made with an installation id that stays") {
  TempDir folder;
  std::string id;
  {
    const auto state = StateDir::Open(folder / "a/b/");
    REQUIRE(state.ok());
    CHECK(state->path() == folder / "a/b");
    id = state->installation_id();
    CHECK(id.size() == 8);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  const auto again = StateDir::Open(folder / "a/b");
  REQUIRE(again.ok());
  CHECK(again->installation_id() == id);
}

TEST_CASE("reliability 8: a state directory is one daemon's at a time, and the owner is named") {
  TempDir folder;
  std::optional<StateDir> owner = *StateDir::Open(folder / "state");
  // flock counts open files, so that a second one in this process stands for a second daemon.
  const auto second = StateDir::Open(folder / "state");
  REQUIRE(second.status().code() == StatusCode::kFailedPrecondition);
  CHECK(second.status().message().find(fmt::format("pid {}", ::getpid())) != std::string::npos);
  owner.reset();
  CHECK(StateDir::Open(folder / "state").ok());
}

TEST_CASE("the lock of a daemon that was killed is free") {
  TempDir folder;
  const std::string path = folder / "state";
  const pid_t child = ::fork();
  if (child == 0) {
    const auto state = StateDir::Open(path);
    // Ends like kill -9: no destructor runs.
    ::_exit(state.ok() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CHECK(StateDir::Open(path).ok());
}

TEST_CASE("a state directory that is a file, or whose id is damaged, is refused by name") {
  TempDir folder;
  REQUIRE(WriteFile(folder / "file", "x").ok());
  const auto file = StateDir::Open(folder / "file");
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().message().find(folder / "file") != std::string::npos);
  REQUIRE(StateDir::Open(folder / "state").ok());
  REQUIRE(WriteFile(folder / "state/installation_id", "what").ok());
  const auto damaged = StateDir::Open(folder / "state");
  CHECK(damaged.status().code() == StatusCode::kDataLoss);
  CHECK(damaged.status().message().find("'what': expected 8 hex digits") != std::string::npos);
}

}  // namespace flywheel
