// What a daemon costs and how quickly it reacts, with real processes and the real journal. Prints
// one JSON line a figure:
// * memory: resident memory of a flywheeld that starts on a journal with 10,000 tracked tasks;
// * worker_death: from SIGKILL of a local worker to the observation that reaches the loop;
// * stall: the longest time the strand did not turn while 2,000 short tasks started and ended.
//   flywheel_bench_daemon [FOLDER]
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/io/child_process.h"
#include "base/io/files.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/executors/local_executor.h"
#include "orchestrator/executors/worker_record.h"
#include "orchestrator/store/sqlite_journal.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

using SteadyClockTime = std::chrono::steady_clock;

double MsSince(SteadyClockTime::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClockTime::now() - start).count();
}

void Must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

std::string Program(const std::string& name) {
  const char* bin = std::getenv("FLYWHEEL_BIN_DIR");
  if (bin != nullptr) return std::string(bin) + "/" + name;
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

// ---- memory

int64_t CountTasks(const LoopState& state) {
  int64_t tasks = 0;
  for (const auto& [id, campaign] : state.campaigns) {
    ForEachTask(*campaign, [&](const Task&) { ++tasks; });
  }
  return tasks;
}

// Campaigns on their way, with this many tasks between them.
int64_t WriteJournal(const std::string& path, int64_t wanted) {
  auto journal = SqliteJournal::Open(path);
  Must(journal.status());
  FakeExecutor executor;
  FakeLink link;
  SteadyClock clock;
  Loop loop({journal->get(), &executor, &link, &clock}, LoopConfig{});
  Must(loop.Boot());
  constexpr int kCampaigns = 1000;
  std::vector<LoopInput> creates;
  for (int i = 0; i < kCampaigns; ++i) {
    creates.emplace_back(
        SubmittedCommand{CreateOf(SmallSpec(fmt::format("campaign-{}", i))),
                         [](const Result<Shared<CampaignState>>& reply) { Must(reply.status()); }});
  }
  Must(loop.TakeTurn(std::move(creates)).status());
  std::vector<Observation> news;
  for (int i = 0; i < 256; ++i) news.emplace_back(Connected(fmt::format("w{}", i), i + 1, 256));
  while (CountTasks(*loop.snapshot()) < wanted) {
    Must(ObserveNow(loop, std::move(news)));
    news.clear();
    for (const FakeLink::Assigned& assigned : std::exchange(link.assigned, {})) {
      news.emplace_back(AttemptFinished{.worker = assigned.to.worker,
                                        .attempt = AttemptOf(assigned.task.attempt),
                                        .fencing_token = assigned.fencing_token,
                                        .outcome = FakeResult(assigned.task, {}),
                                        .seconds = 1});
    }
  }
  return CountTasks(*loop.snapshot());
}

int64_t ResidentMb(int pid) {
  const Result<std::string> status = ReadFile(fmt::format("/proc/{}/status", pid));
  Must(status.status());
  const size_t at = status->find("VmRSS:");
  FW_CHECK(at != std::string::npos, "a process has a VmRSS");
  return std::stoll(status->substr(at + 6)) / 1024;
}

void MeasureMemory(const std::string& folder) {
  const std::string state_dir = folder + "/memory";
  Must(MakeDirectories(state_dir));
  const int64_t tasks = WriteJournal(state_dir + "/journal.db", 10'000);
  ChildCommand command;
  command.program = Program("flywheeld");
  command.arguments = {"--state-dir", state_dir, "--workers", "0"};
  command.stdout_file = folder + "/flywheeld.out";
  command.stderr_file = folder + "/flywheeld.log";
  auto daemon = ChildProcess::Start(command);
  Must(daemon.status());
  const auto start = SteadyClockTime::now();
  while (!std::filesystem::exists(state_dir + "/daemon.json")) {
    FW_CHECK(MsSince(start) < 60'000, "flywheeld serves within a minute");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  fmt::print(R"({{"bench":"memory","tracked_tasks":{},"rss_mib":{},"ready_ms":{:.0f}}})"
             "\n",
             tasks, ResidentMb(daemon->pid()), MsSince(start));
  Must(SignalProcess(daemon->identity(), SIGTERM));
  (void)daemon->WaitFor(10);
}

// ---- death of a worker

void MeasureDeath(const std::string& folder) {
  constexpr int kDeaths = 20;
  std::mutex mutex;
  std::condition_variable changed;
  int deaths = 0;
  LocalExecutorOptions options;
  options.program = Program("flywheel-worker");
  options.state_dir = folder + "/death";
  options.capacity = {.host = "host", .max_workers = 1, .cpus = 1, .memory_mb = 0};
  Must(MakeDirectories(options.state_dir));
  LocalExecutor executor(options, [&](const Observation& observation) {
    std::lock_guard lock(mutex);
    if (std::holds_alternative<WorkerEnded>(observation)) ++deaths;
    changed.notify_all();
    return true;
  });
  Must(executor.Start());
  executor.EnsureWorkers(1);
  std::vector<double> noticed;
  while (noticed.size() < kDeaths) {
    const auto records = ReadWorkerRecords(options.state_dir + "/workers");
    if (!records.ok() || records->empty() || !IsRunning(records->front().process)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    std::unique_lock lock(mutex);
    const int before = deaths;
    const auto start = SteadyClockTime::now();
    Must(SignalProcess(records->front().process, SIGKILL));
    changed.wait_for(lock, std::chrono::seconds(10), [&] { return deaths > before; });
    noticed.push_back(MsSince(start));
  }
  executor.Stop();
  executor.StopWorkers(std::chrono::milliseconds(1000), [] {});
  std::sort(noticed.begin(), noticed.end());
  fmt::print(R"({{"bench":"worker_death","deaths":{},"median_ms":{:.1f},"worst_ms":{:.1f}}})"
             "\n",
             kDeaths, noticed[kDeaths / 2], noticed.back());
}

// ---- stalls of the strand

// Workers that take a moment for a task, on threads of their own.
class QuickWorkers : public WorkerLink {
 public:
  void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) override {
    std::lock_guard lock(mutex_);
    assigned_.push_back({to, task, fencing_token});
    changed_.notify_one();
  }
  void Cancel(const WorkerAddress&, const AttemptId&, int64_t) override {}
  void Acknowledge(const Acknowledgement&) override {}

  // Says hello for `count` workers, then works until `tasks` have ended.
  void Work(Host& host, int count, int tasks) {
    for (int i = 0; i < count; ++i) {
      FW_CHECK(host.Observe(Connected(fmt::format("w{}", i), i + 1, count)), "the inbox has room");
    }
    std::unique_lock lock(mutex_);
    while (tasks > 0) {
      changed_.wait(lock, [&] { return !assigned_.empty(); });
      for (const FakeLink::Assigned& next : std::exchange(assigned_, {})) {
        lock.unlock();
        AttemptFinished finished{.worker = next.to.worker,
                                 .attempt = AttemptOf(next.task.attempt),
                                 .fencing_token = next.fencing_token,
                                 .outcome = FakeResult(next.task, {}),
                                 .seconds = 0.01};
        FW_CHECK(host.Observe(std::move(finished)), "the inbox has room");
        --tasks;
        lock.lock();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FakeLink::Assigned> assigned_;
};

void MeasureStall(const std::string& folder) {
  constexpr int kTasks = 2000;
  auto journal = SqliteJournal::Open(folder + "/stall.db");
  Must(journal.status());
  FakeExecutor executor;
  QuickWorkers workers;
  SteadyClock clock;
  Host host({journal->get(), &executor, &workers, &clock}, LoopConfig{});
  Must(host.Start([](const Status& status) { Must(status); }));
  for (int i = 0; i < 200; ++i) {
    host.Submit(CreateOf(SmallSpec(fmt::format("campaign-{}", i))),
                [](const Result<Shared<CampaignState>>& reply) { Must(reply.status()); });
  }
  std::atomic<bool> done = false;
  double worst = 0;
  // The strand is asked again and again; how long it takes to answer is how long it was held up.
  std::thread pinger([&] {
    while (!done) {
      std::mutex mutex;
      std::condition_variable answered;
      bool pong = false;
      const auto start = SteadyClockTime::now();
      host.Ping([&] {
        std::lock_guard lock(mutex);
        pong = true;
        answered.notify_one();
      });
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return pong; });
      worst = std::max(worst, MsSince(start));
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto start = SteadyClockTime::now();
  workers.Work(host, 64, kTasks);
  const double ms = MsSince(start);
  done = true;
  pinger.join();
  host.Stop();
  fmt::print(R"({{"bench":"stall","tasks":{},"seconds":{:.2f},"longest_stall_ms":{:.1f}}})"
             "\n",
             kTasks, ms / 1000, worst);
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  std::string folder = std::string(argc > 1 ? argv[1] : ".") + "/flywheel-bench-XXXXXX";
  FW_CHECK(::mkdtemp(folder.data()) != nullptr, folder.c_str());
  flywheel::MeasureMemory(folder);
  flywheel::MeasureDeath(folder);
  flywheel::MeasureStall(folder);
  std::filesystem::remove_all(folder);
  return 0;
}
