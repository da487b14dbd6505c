// Killing what runs campaigns, by the numbers of docs/reliability.md: the daemon, again and again,
// its workers while it is away, the whole machine. What was begun goes on, what was said holds.
#include <fmt/format.h>
#include <poll.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <set>

#include "base/io/files.h"
#include "base/rng.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr uint64_t kSeed = 1;
// From the start of a daemon to its kill, at most: some die before they have read their journal,
// some after all workers are back.
constexpr double kLongestLifeMs = 200;

// A campaign for every worker, each with a first task that waits for the file "go".
struct BusyFleet {
  explicit BusyFleet(int workers)
      : chain(Script(workers), fmt::format(R"({{"lease_s": 60, "local":
          {{"max_workers": {}, "cpus": {}, "memory_mb": 1000000, "idle_timeout_s": 5}}}})",
                                           workers, workers)) {
    for (int i = 1; i <= workers; ++i) names.push_back(chain.Create(fmt::format("fleet-{}", i)));
    for (int i = 1; i <= workers; ++i) tasks.push_back(ProcessNamedIn(Mark(i)));
  }

  std::string Mark(int campaign) const { return marks / fmt::format("began-{}", campaign); }
  json Script(int workers) const {
    json script;
    for (int i = 1; i <= workers; ++i) {
      script[fmt::format("c{}/i0/", i)] = {{"touch", Mark(i)}, {"wait_for", marks / "go"}};
    }
    return script;
  }

  TempDir marks;
  LocalChain chain;
  std::vector<std::string> names;
  std::vector<ProcessIdentity> tasks;
};

void KillAtRandom(DaemonProcess& daemon, int kills) {
  Rng rng(kSeed);
  for (int kill = 0; kill < kills; ++kill) {
    ::poll(nullptr, 0, static_cast<int>(rng.Unit() * kLongestLifeMs));
    daemon.Kill();
    daemon.Launch();
  }
  daemon.AwaitAddress();
}

}  // namespace

TEST_CASE(
    "reliability 1: workers keep their pids through many kills of the daemon, and no attempt "
    "starts twice") {
  const int kills = LongForm() ? 200 : 20;
  BusyFleet fleet(LongForm() ? 50 : 12);
  const auto before = fleet.chain.Workers();
  CHECK(before.size() == fleet.names.size());
  KillAtRandom(fleet.chain.daemon(), kills);

  CHECK(fleet.chain.Workers() == before);
  for (const auto& [name, worker] : before) {
    INFO(name);
    CHECK(IsRunning(worker));
  }
  for (const ProcessIdentity& task : fleet.tasks) CHECK(IsRunning(task));
  REQUIRE(WriteFile(fleet.marks / "go", "").ok());
  for (const std::string& name : fleet.names) {
    const auto events = fleet.chain.WatchToEnd(name);
    INFO(name << "\n" << fleet.chain.daemon().Log());
    CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
    CHECK(Failures(events).empty());
    std::set<std::string> started;
    for (const v1::Event& event : events) {
      if (!event.has_attempt_started()) continue;
      const std::string& attempt = event.attempt_started().attempt();
      INFO(attempt);
      CHECK(attempt.ends_with("/a1"));
      CHECK(started.insert(attempt).second);
    }
    CHECK(started.size() > 10);
  }
}

TEST_CASE(
    "reliability 3: a task that ends while the daemon is away is collected once, and the next "
    "stage starts") {
  LocalChain undisturbed(json::object());
  const auto expected = Outputs(undisturbed.WatchToEnd(undisturbed.Create("away")));
  const std::vector<int> absences_s = LongForm() ? std::vector{0, 20, 60} : std::vector{0, 1};
  for (const int absence_s : absences_s) {
    INFO("away for " << absence_s << " s");
    TempDir marks;
    LocalChain chain(json{{"train", {{"touch", marks / "began"}, {"wait_for", marks / "go"}}}});
    const std::string name = chain.Create("away");
    const ProcessIdentity task = ProcessNamedIn(marks / "began");
    chain.daemon().Kill();
    CHECK(IsRunning(task));
    REQUIRE(WriteFile(marks / "go", "").ok());
    // Away for no time at all: then it may well come back before the task ends.
    if (absence_s > 0) REQUIRE(Eventually([&] { return chain.HasEnded("/i1/train/"); }));
    ::poll(nullptr, 0, absence_s * 1000);
    chain.daemon().Restart();
    const auto events = chain.WatchToEnd(name);
    INFO(chain.daemon().Log());
    CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
    CHECK(StartsOf(events, "/i1/train/") == 1);
    CHECK(SuccessesOf(events, "/i1/train/") == 1);
    CHECK(SuccessesOf(events, "/i2/evaluate/") > 0);
    CHECK(Failures(events).empty());
    CHECK(Outputs(events) == expected);
  }
}

TEST_CASE("reliability 3: a task that runs through the daemon's absence is adopted as it is") {
  TempDir marks;
  LocalChain chain(json{{"train", {{"touch", marks / "began"}, {"wait_for", marks / "go"}}}});
  const std::string name = chain.Create("adopted");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  chain.daemon().Kill();
  chain.daemon().Restart();
  CHECK(IsRunning(task));
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto events = chain.WatchToEnd(name);
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(StartsOf(events, "/i1/train/") == 1);
  for (const v1::AttemptFailed& failed : Failures(events)) {
    INFO(failed.reason());
    CHECK(failed.attempt().find("/i1/train/") == std::string::npos);
  }
}

TEST_CASE(
    "reliability 4: a worker that dies while the daemon is away loses its attempt with that "
    "reason") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i1/train", {{"attempts", 1}, {"touch", marks / "began"}, {"hang", true}}}});
  const std::string name = chain.Create("lost");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  chain.daemon().Kill();
  const auto workers = chain.Workers();
  for (const auto& [id, worker] : workers) (void)SignalProcess(worker, SIGKILL);
  for (const auto& [id, worker] : workers) REQUIRE(Eventually([&] { return !IsRunning(worker); }));
  CHECK(Eventually([&] { return !IsRunning(task); }));
  chain.daemon().Restart();
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  const auto failures = Failures(events);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].attempt() == "c1/i1/train/t0/a1");
  CHECK(failures[0].kind() == v1::INFRASTRUCTURE);
  CHECK_THAT(failures[0].reason(), Catch::Contains("was gone when the daemon came back"));
  CHECK(StartsOf(events, "/i1/train/") == 2);
  CHECK(SuccessesOf(events, "c1/i1/train/t0/a2") == 1);
}

TEST_CASE(
    "reliability 5: a cancel that was acknowledged before its signal could be sent is carried "
    "out by the next daemon") {
  TempDir marks;
  LocalChain chain(json{{"prepare", {{"touch", marks / "began"}, {"hang", true}}}});
  const std::string name = chain.Create("cancelled");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  const auto workers = chain.Workers();
  REQUIRE(workers.size() == 1);
  // The daemon that acknowledges has no connection over which it could tell the worker.
  chain.daemon().Kill();
  REQUIRE(SignalProcess(workers.begin()->second, SIGSTOP).ok());
  chain.daemon().Restart();
  CHECK(Cancel(chain.daemon(), name).state() == v1::Campaign::CANCELLING);
  chain.daemon().Kill();
  CHECK(IsRunning(task));
  chain.daemon().Restart();
  CHECK(Get(chain.daemon(), name).state() == v1::Campaign::CANCELLING);
  REQUIRE(SignalProcess(workers.begin()->second, SIGCONT).ok());
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::CANCELLED);
  CHECK(SuccessesOf(events, "") == 0);
  CHECK(StartsOf(events, "") == 1);
  CHECK_FALSE(IsRunning(task));
}

TEST_CASE(
    "reliability 6: a pause that was acknowledged holds after a kill, and nothing new starts") {
  TempDir marks;
  LocalChain chain(json{{"prepare", {{"touch", marks / "began"}, {"wait_for", marks / "go"}}}});
  const std::string name = chain.Create("paused");
  (void)ProcessNamedIn(marks / "began");
  CHECK(Pause(chain.daemon(), name).state() == v1::Campaign::PAUSED);
  chain.daemon().Kill();
  chain.daemon().Restart();
  REQUIRE(WriteFile(marks / "go", "").ok());
  REQUIRE(
      Eventually([&] { return SuccessesOf(Events(chain.daemon(), name), "/i0/prepare/") == 1; }));
  // What follows a result is decided in the turn that takes it: it would be there.
  CHECK(Get(chain.daemon(), name).state() == v1::Campaign::PAUSED);
  CHECK(StartsOf(Events(chain.daemon(), name), "") == 1);
  chain.daemon().Kill();
  chain.daemon().Restart();
  CHECK(Get(chain.daemon(), name).state() == v1::Campaign::PAUSED);
  CHECK(StartsOf(Events(chain.daemon(), name), "") == 1);
  CHECK(Resume(chain.daemon(), name).state() == v1::Campaign::RUNNING);
  CHECK(EndState(chain.WatchToEnd(name)) == v1::Campaign::SUCCEEDED);
}

TEST_CASE(
    "reliability 7: after a reboot no stranger with an old pid is signalled, and what ran is "
    "lost") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i1/train", {{"attempts", 1}, {"touch", marks / "began"}, {"hang", true}}}});
  const std::string name = chain.Create("rebooted");
  (void)ProcessNamedIn(marks / "began");
  chain.daemon().Kill();
  const auto workers = chain.Workers();
  for (const auto& [id, worker] : workers) (void)SignalProcess(worker, SIGKILL);
  for (const auto& [id, worker] : workers) REQUIRE(Eventually([&] { return !IsRunning(worker); }));

  // A process that has nothing to do with us has the worker's pid now, and by chance its start
  // time.
  ChildCommand command;
  command.program = "/bin/sleep";
  command.arguments = {"1000"};
  auto stranger = ChildProcess::Start(command);
  REQUIRE(stranger.ok());
  const ProcessIdentity now = stranger->identity();
  std::string boot_id = now.boot_id;
  int64_t start_time = now.start_time;
  SECTION("in another boot") { boot_id = "00000000-0000-4000-8000-000000000000"; }
  SECTION("in this boot, but later") { start_time -= 1; }
  for (const auto& [id, worker] : workers) {
    const json record = {{"pid", now.pid}, {"start_time", start_time}, {"boot_id", boot_id}};
    REQUIRE(WriteFile(chain.state() + "/workers/" + id + "/process.json", record.dump()).ok());
  }
  chain.daemon().Restart();
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  REQUIRE(Failures(events).size() == 1);
  CHECK(Failures(events)[0].kind() == v1::INFRASTRUCTURE);
  CHECK_FALSE(stranger->TryWait());
  stranger->SignalGroup(SIGKILL);
  CHECK(stranger->WaitFor(10) == ExitStatus{.exit_code = 0, .signal = SIGKILL});
}

}  // namespace flywheel::testing
