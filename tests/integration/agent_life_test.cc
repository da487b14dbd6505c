// The worker's own life: daemons that come and go, its own death, leaving.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "base/io/files.h"
#include "tests/integration/agent_fixture.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr double kLong_s = 20;

TEST_CASE("a task does not notice that the daemon dies and comes back") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go", started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"wait_for", go}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  const std::string pid = *ReadFile(started);
  f.daemon.Stop();
  f.daemon.Start();
  const v1::Hello hello = f.daemon.WaitForHello(2);
  REQUIRE(hello.running_size() == 1);
  CHECK(hello.running(0).attempt() == kAttempt);
  CHECK(hello.running(0).fencing_token() == 1);
  CHECK(hello.installation_id() == "ab12cd34");
  CHECK(*ReadFile(started) == pid);
  REQUIRE(WriteFile(go, "").ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());
}

TEST_CASE("a result made while nobody listens is reported to the next daemon until acknowledged") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go", started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"wait_for", go}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  f.daemon.Stop();
  REQUIRE(WriteFile(go, "").ok());
  REQUIRE(Eventually([&] { return std::filesystem::exists(f.DirOf(kAttempt).exit_json()); }));
  f.daemon.Start();
  const v1::Hello hello = f.daemon.WaitForHello(2);
  REQUIRE(hello.finished_size() + hello.running_size() == 1);
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());

  // Not acknowledged: the one after that hears it too.
  f.daemon.Stop();
  const int before = f.daemon.CountFinished(kAttempt);
  f.daemon.Start();
  CHECK(Eventually([&] { return f.daemon.CountFinished(kAttempt) > before; }));
  f.daemon.Acknowledge(kAttempt);
  CHECK(Eventually([&] { return std::filesystem::is_empty(f.state_dir + "/workers/w1/held"); }));
  f.daemon.Stop();
  f.daemon.Start();
  CHECK(f.daemon.WaitForHello(4).finished_size() == 0);
}

TEST_CASE("a worker that was killed reports its unacknowledged result when it is started again") {
  AgentFixture f;
  f.StartWorker();
  const v1::Finished first = f.Run(json::object());
  REQUIRE(first.has_succeeded());
  REQUIRE(SignalProcess(f.worker->identity(), SIGKILL).ok());
  REQUIRE(f.worker->WaitFor(kLong_s));
  f.StartWorker();
  CHECK(f.daemon.WaitForHello(2).finished_size() == 1);
  REQUIRE(Eventually([&] { return f.daemon.CountFinished(kAttempt) == 2; }));
  f.daemon.Acknowledge(kAttempt);
  CHECK(Eventually([&] { return std::filesystem::is_empty(f.state_dir + "/workers/w1/held"); }));
}

TEST_CASE("a task dies with its worker, daemonised parts too, and the next life reports the loss") {
  AgentFixture f;
  f.StartWorker();
  f.daemon.Assign(kAttempt, "prepare",
                  f.Spec({{"ignore_sigterm", true}, {"leave", "daemon"}, {"hang", true}}));
  const ProcessIdentity left = f.LeftBehind(kAttempt);
  REQUIRE(SignalProcess(f.worker->identity(), SIGKILL).ok());
  REQUIRE(f.worker->WaitFor(kLong_s));
  f.StartWorker();
  const v1::Finished finished = f.daemon.WaitForFinished(kAttempt);
  CHECK(finished.failed().infrastructure());
  CHECK(finished.fencing_token() == 1);
  CHECK_THAT(finished.failed().reason(), Catch::Contains("its worker ended"));
  CHECK(Eventually([&] { return !IsRunning(left); }));
}

TEST_CASE("a second task at the same time is refused and the first goes on") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go", started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"wait_for", go}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  f.daemon.Assign("c2/i0/prepare/t0/a1", "prepare", f.Spec(json::object()));
  const v1::Finished refused = f.daemon.WaitForFinished("c2/i0/prepare/t0/a1");
  CHECK(refused.failed().infrastructure());
  CHECK_THAT(refused.failed().reason(), Catch::Contains(kAttempt));
  REQUIRE(WriteFile(go, "").ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());
}

TEST_CASE(
    "reliability 22: a worker cut off for longer than the orphan timeout stops its task and keeps "
    "the result") {
  AgentFixture f;
  f.daemon.welcome.set_orphan_timeout_s(0.5);
  f.StartWorker();
  const std::string started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"hang", true}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  const auto task = IdentifyProcess(std::stoll(*ReadFile(started)));
  REQUIRE(task.ok());
  f.daemon.Stop();
  REQUIRE(Eventually([&] { return std::filesystem::exists(f.DirOf(kAttempt).exit_json()); }));
  CHECK_FALSE(IsRunning(*task));
  f.daemon.Start();
  const v1::Finished finished = f.daemon.WaitForFinished(kAttempt);
  CHECK(finished.failed().cancelled());
  CHECK_THAT(finished.failed().reason(), Catch::Contains("cut off"));
}

TEST_CASE("reliability 19: a worker passes over what it does not know of a newer daemon's words") {
  AgentFixture f;
  const auto from_the_future = [](google::protobuf::Message& message) {
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(9000, "new");
  };
  from_the_future(f.daemon.welcome);
  f.StartWorker();
  f.daemon.WaitForHello(1);
  v1::DaemonMessage unknown;
  from_the_future(unknown);
  f.daemon.Send(unknown);  // of a kind that this worker does not have
  v1::TaskSpec spec = f.Spec(json::object());
  from_the_future(spec);
  f.daemon.Assign(kAttempt, "prepare", spec);
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());
  CHECK_THAT(f.WorkerLog(), Catch::Contains("a kind that this worker does not know"));
}

TEST_CASE("an idle worker leaves after the idle time only where it was told to") {
  AgentFixture f;
  f.daemon.welcome.set_idle_timeout_s(0.3);
  f.StartWorker({"--leave-when-idle"});
  f.daemon.WaitForHello(1);
  CHECK(f.worker->WaitFor(kLong_s) == ExitStatus{});
  f.StartWorker();
  f.daemon.WaitForHello(2);
  CHECK_FALSE(f.worker->WaitFor(1));
}

TEST_CASE("a drained worker ends its task first, hands over the result and leaves") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go", started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"wait_for", go}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  f.daemon.Drain();
  REQUIRE(WriteFile(go, "").ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());
  CHECK_FALSE(f.worker->WaitFor(0.3));
  f.daemon.Acknowledge(kAttempt);
  CHECK(f.worker->WaitFor(kLong_s) == ExitStatus{});
}

TEST_CASE("SIGTERM stops the task, reports it as stopped and ends the worker with 0") {
  AgentFixture f;
  f.StartWorker();
  const std::string started = f.dir / "started";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"touch", started}, {"hang", true}}));
  REQUIRE(Eventually([&] { return ReadFile(started).ok(); }));
  REQUIRE(SignalProcess(f.worker->identity(), SIGTERM).ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).failed().cancelled());
  f.daemon.Acknowledge(kAttempt);
  CHECK(f.worker->WaitFor(kLong_s) == ExitStatus{});
}

TEST_CASE("a worker that the daemon refuses for good ends with 1 and says why") {
  AgentFixture f;
  f.daemon.refuse_with =
      grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "another installation");
  f.StartWorker();
  CHECK(f.worker->WaitFor(kLong_s) == ExitStatus{.exit_code = 1});
  CHECK_THAT(f.WorkerLog(), Catch::Contains("another installation"));
}

TEST_CASE("two workers under one name are one too many") {
  AgentFixture f;
  f.StartWorker();
  f.daemon.WaitForHello(1);
  ChildProcess first = *std::move(f.worker);
  f.StartWorker();
  CHECK(f.worker->WaitFor(kLong_s) == ExitStatus{.exit_code = 1});
  CHECK_THAT(f.WorkerLog(), Catch::Contains("another worker with the id 'w1'"));
  CHECK_FALSE(first.TryWait());
}

TEST_CASE("a worker that starts before its daemon waits for it") {
  AgentFixture f;
  f.daemon.Stop();
  std::filesystem::remove(f.state_dir + "/daemon.json");
  f.StartWorker();
  REQUIRE(Eventually([&] { return f.WorkerLog().find("not connected") != std::string::npos; }));
  f.daemon.Start();
  CHECK(f.daemon.WaitForHello(1).worker_id() == "w1");
}

TEST_CASE("the heart beats while a task runs and says which") {
  AgentFixture f;
  f.StartWorker();
  const std::string go = f.dir / "go";
  f.daemon.Assign(kAttempt, "prepare", f.Spec({{"wait_for", go}, {"quiet", true}}));
  const auto beat = f.daemon.WaitFor([](const v1::WorkerMessage& message) {
    return message.has_heartbeat() && message.heartbeat().running_size() == 1;
  });
  CHECK(beat.heartbeat().running(0).attempt() == kAttempt);
  REQUIRE(WriteFile(go, "").ok());
  CHECK(f.daemon.WaitForFinished(kAttempt).has_succeeded());
}

}  // namespace
}  // namespace flywheel::testing
