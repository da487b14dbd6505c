// Ending what does not want to end: limits, cancels and hostile process trees.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>

#include "base/io/files.h"
#include "tests/integration/agent_fixture.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

v1::TaskLimits Limits(double time_limit_s, double stall_timeout_s, double grace_s) {
  v1::TaskLimits limits;
  limits.set_time_limit_s(time_limit_s);
  limits.set_stall_timeout_s(stall_timeout_s);
  limits.set_grace_s(grace_s);
  return limits;
}

TEST_CASE("a cancel ends a task that listens with SIGTERM") {
  AgentFixture f;
  f.StartWorker();
  const std::string started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare",
                  f.Spec({{"touch", started}, {"hang", true}}, Limits(0, 0, 30)));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  f.daemon.Cancel(kAttempt);
  const v1::Finished finished = f.daemon.WaitForFinished(kAttempt);
  CHECK(finished.failed().cancelled());
  CHECK(finished.failed().signal() == SIGTERM);
  CHECK(finished.failed().reason() == "cancelled");
  CHECK(finished.seconds() < 10);
}

TEST_CASE(
    "reliability 20 and 21: a cancel leaves nothing of a tree that ignores signals, forks and "
    "daemonises") {
  for (const char* where : {"group", "session", "daemon"}) {
    INFO(where);
    AgentFixture f;
    f.StartWorker();
    const json hostile = {{"ignore_sigterm", true}, {"leave", where}, {"hang", true}};
    f.daemon.Assign(kAttempt, "prepare", f.Spec(hostile, Limits(0, 0, 0.2)));
    const ProcessIdentity left = f.LeftBehind(kAttempt);
    REQUIRE(IsRunning(left));
    const auto begin = std::chrono::steady_clock::now();
    f.daemon.Cancel(kAttempt);
    const v1::Finished finished = f.daemon.WaitForFinished(kAttempt);
    CHECK(finished.failed().cancelled());
    // The grace period and a second.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1200));
    CHECK(finished.failed().signal() == SIGKILL);
    CHECK(finished.failed().reason() ==
          "cancelled; it did not end within 0.2 s of SIGTERM and was killed");
    CHECK_FALSE(IsRunning(left));
  }
}

TEST_CASE(
    "reliability 26: a task that ends well is done at once although a daemon of its own holds its "
    "output") {
  AgentFixture f;
  f.StartWorker();
  const auto begin = std::chrono::steady_clock::now();
  const v1::Finished finished = f.Run({{"leave", "daemon"}});
  CHECK(finished.has_succeeded());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  CHECK_FALSE(f.LeftIsRunning(kAttempt));
}

TEST_CASE("a task over its time limit is stopped and the reason says so") {
  AgentFixture f;
  f.StartWorker();
  const v1::Finished finished = f.Run({{"hang", true}}, Limits(0.5, 0, 1));
  CHECK(finished.failed().reason() == "time limit of 0.5 s");
  CHECK_FALSE(finished.failed().cancelled());
  CHECK_FALSE(finished.failed().infrastructure());
}

TEST_CASE("a task without progress is stalled, and one with progress is not") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"wait_for", go}}, Limits(0, 1, 1)));
  // Progress, then silence in another attempt: the first outlives two stall timeouts.
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(Eventually([&] {
    return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(2200) ||
           f.daemon.CountFinished(kAttempt) > 0;
  }));
  REQUIRE(WriteFile(go, "").ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());

  f.daemon.Assign("c1/i0/prepare/t0/a2", "prepare",
                  f.Spec({{"progress", 1}, {"hang", true}}, Limits(0, 0.5, 1)));
  CHECK(f.daemon.WaitForFinished("c1/i0/prepare/t0/a2").failed().reason() ==
        "stalled: no progress for 0.5 s");
}

TEST_CASE(
    "reliability 31: a task over its memory limit is killed with all that it left, and the worker "
    "goes on") {
  AgentFixture f;
  f.StartWorker();
  v1::TaskSpec spec =
      f.Spec({{"leave", "session"}, {"eat_mb", 400}, {"hang", true}}, Limits(0, 0, 30));
  spec.mutable_resources()->set_memory_mb(200);
  f.daemon.Assign(kAttempt, "prepare", spec);
  const v1::Finished finished = f.daemon.WaitForFinished(kAttempt);
  CHECK_FALSE(f.LeftIsRunning(kAttempt));
  CHECK_THAT(finished.failed().reason(), Catch::StartsWith("memory limit of 200 MiB"));
  CHECK(finished.failed().signal() == SIGKILL);
  CHECK_FALSE(finished.failed().infrastructure());
  CHECK(finished.peak_rss_mb() >= 200);
  f.daemon.Assign("c1/i0/prepare/t0/a2", "prepare", f.Spec(json::object()));
  CHECK(f.daemon.WaitForFinished("c1/i0/prepare/t0/a2").has_succeeded());
}

TEST_CASE("a task is told which environment it has, and no more of it") {
  AgentFixture f;
  const std::string program = f.dir / "print-environment";
  REQUIRE(WriteFile(program, "#!/bin/sh\nenv\npwd\nexit 1\n").ok());
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  f.task_program = program;
  f.StartWorker();
  CHECK(f.Run(json::object()).has_failed());
  const std::string text = *ReadFile(f.DirOf(kAttempt).stdout_log());
  CHECK_THAT(text, Catch::Contains("OMP_NUM_THREADS=1") &&
                       Catch::Contains("OPENBLAS_NUM_THREADS=1") &&
                       Catch::Contains("FLYWHEEL_ATTEMPT=c1/i0/prepare/t0/a1"));
  CHECK_THAT(text, Catch::Contains("\n" + f.DirOf(kAttempt).root() + "\n"));
  CHECK_THAT(text, !Catch::Contains("canary"));
}

}  // namespace
}  // namespace flywheel::testing
