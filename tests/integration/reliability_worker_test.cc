// Tasks and workers that misbehave, by the numbers of docs/reliability.md: what one does must not
// reach the daemon or the others.
#include <fmt/format.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/io/files.h"
#include "base/io/process_tree.h"
#include "tests/integration/fake_worker.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr int64_t kMiB = 1 << 20;
constexpr double kShortLeaseS = 1.5;

// No workers of its own, and little patience with those that come.
std::string ShortLease() {
  return fmt::format(R"({{"lease_s": {}, "local": {{"max_workers": 0}}}})", kShortLeaseS);
}

int64_t ResidentBytes(int64_t pid) {
  const auto stat = ReadProcessStat(pid);
  REQUIRE(stat.ok());
  return stat->resident_bytes;
}

int64_t Ms(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

// The first thread of a process, held where it is while the others run on.
class HeldMainThread {
 public:
  explicit HeldMainThread(pid_t pid) : pid_(pid) {
    held_ = ::ptrace(PTRACE_SEIZE, pid_, nullptr, nullptr) == 0;
    if (!held_) {
      WARN("skipped: threads cannot be held here: " << std::strerror(errno));
      return;
    }
    REQUIRE(::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) == 0);
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, __WALL) == pid_);
    REQUIRE(WIFSTOPPED(status));
  }
  ~HeldMainThread() {
    if (held_) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
  }
  HeldMainThread(const HeldMainThread&) = delete;
  HeldMainThread& operator=(const HeldMainThread&) = delete;
  bool held() const { return held_; }

 private:
  const pid_t pid_;
  bool held_ = false;
};

// The wait before the next attempt, as the event of a failure promises it.
double RetryDelayS(const v1::Event& event) {
  return static_cast<double>(Ms(event.attempt_failed().retry_time()) - Ms(event.time())) / 1000;
}

std::vector<double> RetryDelays(const std::vector<v1::Event>& events) {
  std::vector<double> delays;
  for (const v1::Event& event : events) {
    if (event.has_attempt_failed() && event.attempt_failed().has_retry_time()) {
      delays.push_back(RetryDelayS(event));
    }
  }
  return delays;
}

}  // namespace

TEST_CASE("reliability 25: a flood of output reaches neither the daemon nor other campaigns") {
  const int64_t flood = (LongForm() ? int64_t{10} : int64_t{1}) << 30;
  TempDir marks;
  LocalChain chain(
      json{{"c1/i0/prepare", {{"touch", marks / "steady"}, {"wait_for", marks / "go"}}},
           {"c2/i0/prepare", {{"flood_bytes", flood}}}},
      R"({"lease_s": 3, "local": {"max_workers": 2, "cpus": 8}})");
  const std::string steady = chain.Create("steady");
  (void)ProcessNamedIn(marks / "steady");
  const int64_t before = ResidentBytes(chain.daemon().pid());
  const std::string loud = chain.Create("loud");
  const auto flooded = chain.WatchToEnd(loud);
  CHECK(ResidentBytes(chain.daemon().pid()) < before + 64 * kMiB);
  CHECK(EndState(flooded) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(flooded).empty());
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto events = chain.WatchToEnd(steady);
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(events).empty());  // its heart was heard all the time
}

TEST_CASE(
    "reliability 28: a worker whose main loop is blocked keeps its attempt, one that is "
    "stopped loses it") {
  TempDir marks;
  LocalChain chain(json{{"c1/i0/prepare",
                         {{"attempts", 1},
                          {"touch", marks / "began"},
                          {"wait_for", marks / "go"},
                          {"quiet", true}}}},
                   ShortLease());
  ChildProcess& worker = chain.StartWorker("w1");
  const std::string name = chain.Create("blocked");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  {
    const HeldMainThread held(worker.pid());
    // As long as the fault lasts.
    const double fault_s = (LongForm() ? 400 : 3) * kShortLeaseS;
    if (held.held()) ::poll(nullptr, 0, static_cast<int>(fault_s * 1000));
  }
  CHECK(Failures(Events(chain.daemon(), name)).empty());
  CHECK(IsRunning(task));

  REQUIRE(SignalProcess(worker.identity(), SIGSTOP).ok());
  REQUIRE(Eventually([&] { return !Failures(Events(chain.daemon(), name)).empty(); }));
  const auto lost = Failures(Events(chain.daemon(), name));
  CHECK(lost[0].kind() == v1::INFRASTRUCTURE);
  CHECK_THAT(lost[0].reason(), Catch::Contains("worker w1 was not heard"));
  // Another takes over. What the first one says when it wakes is not asked for any more.
  chain.StartWorker("w2");
  const auto events = chain.WatchToEnd(name);
  REQUIRE(SignalProcess(worker.identity(), SIGCONT).ok());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(SuccessesOf(events, "c1/i0/prepare/t0/a1") == 0);
  CHECK(SuccessesOf(events, "c1/i0/prepare/t0/a2") == 1);
  CHECK(Eventually([&] { return !IsRunning(task); }));
}

TEST_CASE(
    "reliability 29: a worker that was given up and reports success is refused, and nothing "
    "it made is kept") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state", .config = ShortLease()});
  const std::string name = Create(daemon, SmallCampaign("late"));
  FakeWorker silent(daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
  const v1::Assign first = silent.WaitForAssign();
  REQUIRE(Eventually([&] { return !Failures(Events(daemon, name)).empty(); }));
  FakeWorker other(daemon.Channel(), FakeWorker::MakeHello("w2"), FakeWorker::Mode::kByHand);
  const v1::Assign second = other.WaitForAssign();
  CHECK(second.task().attempt() == "c1/i0/prepare/t0/a2");
  CHECK(second.fencing_token() > first.fencing_token());

  const std::string digest(64, 'f');
  v1::WorkerMessage late = FakeWorker::FinishedMessage(first);
  for (auto& output : *late.mutable_finished()->mutable_succeeded()->mutable_outputs()) {
    output.set_digest(digest);
  }
  silent.Send(late);
  const v1::Acknowledge refused = silent.WaitForAcknowledge();
  CHECK(refused.attempt() == first.task().attempt());
  CHECK_FALSE(refused.accepted());
  CHECK_THAT(refused.reason(), Catch::Contains("has ended already"));
  // Under the name of the attempt that counts it is refused as well: the token is another.
  late.mutable_finished()->set_attempt(second.task().attempt());
  silent.Send(late);
  const v1::Acknowledge fenced = silent.WaitForAcknowledge();
  CHECK_FALSE(fenced.accepted());
  CHECK_THAT(fenced.reason(), Catch::Contains("stale fencing token"));

  other.SendFinished(second);
  CHECK(other.WaitForAcknowledge().accepted());
  const auto events = Events(daemon, name);
  CHECK(SuccessesOf(events, "/i0/prepare/t0/a2") == 1);
  CHECK(SuccessesOf(events, "/i0/prepare/") == 1);
  for (const auto& [output, made] : Outputs(events)) CHECK(made != digest);
}

TEST_CASE(
    "reliability 30: a task that kills its worker each time fails after its bound, and others "
    "keep theirs") {
  TempDir marks;
  const json killer = {{"kill_worker", true}, {"hang", true}};
  LocalChain chain(
      json{{"c1/i0/prepare", {{"touch", marks / "steady"}, {"wait_for", marks / "go"}}},
           {"c2/i0/prepare", killer},
           {"c3/i0/prepare", killer}},
      R"({"local": {"max_workers": 3, "cpus": 3}})");
  const std::string steady = chain.Create("steady");
  const ProcessIdentity task = ProcessNamedIn(marks / "steady");
  v1::CampaignSpec spec = SmallCampaign("deadly");
  v1::StagePolicy& policy = *spec.mutable_stages()->mutable_prepare();
  policy.set_max_infrastructure_failures(3);
  policy.set_backoff_initial_s(0.4);
  policy.set_backoff_max_s(10);
  const std::string first = Create(chain.daemon(), spec);
  spec.set_display_name("deadly-too");
  spec.set_seed(spec.seed() + 1);
  const std::string second = Create(chain.daemon(), spec);

  const auto events = chain.WatchToEnd(first);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::FAILED);
  CHECK(StartsOf(events, "/i0/prepare/") == 3);
  const auto failures = Failures(events);
  REQUIRE(failures.size() == 3);
  for (const v1::AttemptFailed& failure : failures) {
    CHECK(failure.kind() == v1::INFRASTRUCTURE);
    CHECK_THAT(failure.reason(), Catch::Contains("ended"));
  }
  // Twice as long each time, drawn from the upper half; nobody else draws the same.
  const auto delays = RetryDelays(events);
  REQUIRE(delays.size() == 2);
  CHECK((delays[0] >= 0.2 && delays[0] <= 0.4));
  CHECK((delays[1] >= 0.4 && delays[1] <= 0.8));
  CHECK(RetryDelays(chain.WatchToEnd(second)) != delays);
  for (size_t i = 1; i < events.size(); ++i) {
    const v1::Event& event = events[i];
    if (!event.has_attempt_started()) continue;
    const auto before = std::find_if(events.begin(), events.begin() + static_cast<int64_t>(i),
                                     [](const auto& e) { return e.has_attempt_failed(); });
    if (before == events.begin() + static_cast<int64_t>(i)) continue;
    CHECK(Ms(event.time()) >= Ms(before->attempt_failed().retry_time()));
  }

  CHECK(IsRunning(task));
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto undisturbed = chain.WatchToEnd(steady);
  CHECK(EndState(undisturbed) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(undisturbed).empty());
}

TEST_CASE("reliability 31: a task over its memory limit dies alone, with that reason") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i0/prepare", {{"touch", marks / "steady"}, {"wait_for", marks / "go"}}},
           {"c2/i0/prepare",
            {{"attempts", 1}, {"leave", "session"}, {"eat_mb", 400}, {"hang", true}}}},
      R"({"local": {"max_workers": 2, "cpus": 8, "memory_mb": 4096}})");
  const std::string steady = chain.Create("steady");
  (void)ProcessNamedIn(marks / "steady");
  const auto worker = chain.Workers().begin()->second;
  v1::CampaignSpec spec = SmallCampaign("greedy");
  spec.mutable_stages()->mutable_prepare()->mutable_resources()->set_memory_mb(200);
  const std::string greedy = Create(chain.daemon(), spec);
  const auto events = chain.WatchToEnd(greedy);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  REQUIRE(Failures(events).size() == 1);
  CHECK(Failures(events)[0].kind() == v1::TASK);
  CHECK(Failures(events)[0].exit() == -SIGKILL);
  CHECK_THAT(Failures(events)[0].reason(), Catch::StartsWith("memory limit of 200 MiB"));
  CHECK(IsRunning(worker));
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto undisturbed = chain.WatchToEnd(steady);
  CHECK(EndState(undisturbed) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(undisturbed).empty());
}

TEST_CASE("reliability 22: when the daemon never comes back the worker stops its task and leaves") {
  TempDir marks;
  LocalChain chain(json{{"prepare",
                         {{"touch", marks / "began"},
                          {"ignore_sigterm", true},
                          {"leave", "session"},
                          {"eat_mb", 50},
                          {"hang", true}}}},
                   R"({"orphan_timeout_s": 1, "local": {"max_workers": 1, "cpus": 1,
                       "idle_timeout_s": 0.5},
                       "stage_defaults": {"prepare": {"limits": {"grace_s": 0.2}}}})");
  chain.Create("orphaned");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  const ProcessIdentity left = ProcessNamedIn(
      std::filesystem::path("/proc/" + std::to_string(task.pid) + "/cwd") / "left.pid");
  const auto workers = chain.Workers();
  REQUIRE(workers.size() == 1);
  chain.daemon().Kill();
  CHECK(IsRunning(task));
  // With the processes goes what they held, of this machine's memory and of a GPU's.
  CHECK(Eventually([&] { return !IsRunning(task) && !IsRunning(left); }));
  CHECK(Eventually([&] { return !IsRunning(workers.begin()->second); }));
}

}  // namespace flywheel::testing
