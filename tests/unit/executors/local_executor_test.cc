#include "orchestrator/executors/local_executor.h"

#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "orchestrator/executors/worker_record.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

// Takes what the executor reports and lets a test wait for it.
class Reports {
 public:
  ObservationSink Sink() {
    return [this](Observation observation) {
      std::lock_guard lock(mutex_);
      if (closed_) return false;
      if (const auto* ended = std::get_if<WorkerEnded>(&observation)) {
        ++ended_[ended->worker];
        reason_ = ended->reason;
        changed_.notify_all();
      }
      return true;
    };
  }
  std::function<void(std::string_view)> Say() {
    return [this](std::string_view message) {
      std::lock_guard lock(mutex_);
      said_ += std::string(message) + "\n";
      changed_.notify_all();
    };
  }
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void Open() {
    std::lock_guard lock(mutex_);
    closed_ = false;
  }
  bool WaitForEnds(const std::string& worker, int count) {
    return Wait([&] { return ended_[worker] >= count; });
  }
  bool WaitForWords(const std::string& words, size_t times = 1) {
    return Wait([&] {
      size_t found = 0;
      for (size_t at = said_.find(words); at != said_.npos; at = said_.find(words, at + 1)) ++found;
      return found >= times;
    });
  }
  std::string said() {
    std::lock_guard lock(mutex_);
    return said_;
  }
  std::string reason() {
    std::lock_guard lock(mutex_);
    return reason_;
  }

 private:
  template <typename Condition>
  bool Wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  std::map<std::string, int> ended_;
  std::string said_;
  std::string reason_;
};

struct Machine {
  TempDir folder;
  Reports reports;
  std::function<bool(const std::string&)> is_heard;

  // A program in the place of flywheel-worker.
  std::string Program(const std::string& script) {
    const std::string path = folder / "worker.sh";
    REQUIRE(WriteFile(path, "#!/bin/sh\n" + script + "\n").ok());
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    return path;
  }

  std::unique_ptr<LocalExecutor> Make(const std::string& program, int32_t max_workers) {
    LocalExecutorOptions options;
    options.program = program;
    options.state_dir = folder / "state";
    options.capacity = {.host = "here", .max_workers = max_workers, .cpus = 2, .memory_mb = 100};
    options.environment = {"PATH=/usr/bin:/bin"};
    options.say = reports.Say();
    options.is_heard = is_heard;
    options.silence_ms = 300;
    return std::make_unique<LocalExecutor>(std::move(options), reports.Sink());
  }

  std::vector<WorkerRecord> Records() {
    const auto records = ReadWorkerRecords(folder / "state/workers");
    REQUIRE(records.ok());
    return *records;
  }

  ~Machine() {
    const auto records = ReadWorkerRecords(folder / "state/workers");
    if (!records.ok()) return;
    for (const WorkerRecord& record : *records) (void)SignalProcess(record.process, SIGKILL);
  }
};

constexpr char kStays[] = "exec sleep 1000";

}  // namespace

TEST_CASE("workers are started on demand, up to the limit, and recorded") {
  Machine machine;
  const auto executor = machine.Make(machine.Program(kStays), 2);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(1);
  REQUIRE(machine.reports.WaitForWords("local-1 started"));
  executor->EnsureWorkers(5);
  REQUIRE(machine.reports.WaitForWords("local-2 started"));
  executor->Stop();
  const auto records = machine.Records();
  REQUIRE(records.size() == 2);
  for (const WorkerRecord& record : records) CHECK(IsRunning(record.process));
  CHECK(machine.reports.said().find("local-3") == std::string::npos);
}

TEST_CASE("a worker is told where the state is and who it is, and its words go to its folder") {
  Machine machine;
  const auto executor = machine.Make(machine.Program("echo \"$@\"; env; echo oops >&2"), 1);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(1);
  REQUIRE(machine.reports.WaitForEnds("local-1", 1));
  executor->Stop();
  const std::string out = *ReadFile(machine.folder / "state/workers/local-1/stdout.log");
  CHECK(out.find("--state-dir " + (machine.folder / "state") +
                 " --worker-id local-1 --leave-when-idle --cpus 2 --memory-mb 100") !=
        std::string::npos);
  CHECK(out.find("PATH=/usr/bin:/bin") != std::string::npos);
  CHECK(ReadFile(machine.folder / "state/workers/local-1/stderr.log")->find("oops") == 0);
}

TEST_CASE("the workers of an earlier daemon are counted, not started again") {
  Machine machine;
  const std::string program = machine.Program(kStays);
  {
    const auto first = machine.Make(program, 2);
    REQUIRE(first->Start().ok());
    first->EnsureWorkers(1);
    REQUIRE(machine.reports.WaitForWords("local-1 started"));
  }
  const auto before = machine.Records();
  REQUIRE(before.size() == 1);
  CHECK(IsRunning(before[0].process));  // it outlives its executor
  const auto second = machine.Make(program, 2);
  REQUIRE(second->Start().ok());
  second->EnsureWorkers(2);
  REQUIRE(machine.reports.WaitForWords("local-2 started"));
  second->Stop();
  CHECK(machine.reports.said().find("local-1 is still there") != std::string::npos);
  CHECK(machine.Records()[0] == before[0]);
  // The end of one that is not its child is noticed too.
  const auto third = machine.Make(program, 2);
  REQUIRE(third->Start().ok());
  REQUIRE(SignalProcess(before[0].process, SIGKILL).ok());
  CHECK(machine.reports.WaitForEnds("local-1", 1));
}

TEST_CASE(
    "reliability 7: a worker that is gone when the daemon comes back is reported, whoever has its "
    "pid now") {
  Machine machine;
  REQUIRE(MakeDirectories(machine.folder / "state/workers/local-1").ok());
  // Pid 1 runs, but it is not the process that was recorded.
  REQUIRE(WriteWorkerRecord(machine.folder / "state/workers",
                            {.worker = "local-1",
                             .process = {.pid = 1, .start_time = 1, .boot_id = "another boot"}})
              .ok());
  machine.reports.Close();  // the loop is not ready yet
  const auto executor = machine.Make(machine.Program(kStays), 1);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(1);
  machine.reports.Open();
  REQUIRE(machine.reports.WaitForEnds("local-1", 1));
  CHECK(machine.reports.reason() == "its process was gone when the daemon came back");
  CHECK(machine.reports.WaitForWords("local-1 started"));
}

TEST_CASE("a worker that ends is replaced, and its end is reported with its exit") {
  Machine machine;
  const auto executor = machine.Make(machine.Program(kStays), 1);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(1);
  REQUIRE(machine.reports.WaitForWords("local-1 started"));
  const auto records = machine.Records();
  REQUIRE(records.size() == 1);
  REQUIRE(SignalProcess(records[0].process, SIGKILL).ok());
  REQUIRE(machine.reports.WaitForEnds("local-1", 1));
  CHECK(machine.reports.reason().find("signal 9") != std::string::npos);
  CHECK(machine.reports.WaitForWords("local-1 started", 2));
}

TEST_CASE("a worker that is there but never heard is replaced, one that is heard is not") {
  Machine machine;
  machine.is_heard = [](const std::string& worker) { return worker == "local-1"; };
  const auto executor = machine.Make(machine.Program(kStays), 2);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(2);
  REQUIRE(machine.reports.WaitForEnds("local-2", 1));
  CHECK(machine.reports.said().find("local-2 was not heard") != std::string::npos);
  CHECK(machine.reports.WaitForWords("local-2 started", 2));
  CHECK(machine.reports.said().find("local-1 was not heard") == std::string::npos);
}

TEST_CASE("a worker program that cannot run is tried again with growing pauses") {
  Machine machine;
  const auto executor = machine.Make(machine.folder / "nothing", 1);
  REQUIRE(executor->Start().ok());
  executor->EnsureWorkers(1);
  CHECK(machine.reports.WaitForWords("next try in 500 ms"));
  CHECK(machine.reports.WaitForWords("next try in 1000 ms"));
  CHECK(machine.reports.said().find(machine.folder / "nothing") != std::string::npos);
}

TEST_CASE("workers inherit paths and our own variables, and no secrets") {
  const char* environment[] = {"PATH=/bin", "FLYWHEEL_BIN_DIR=/x", "OPENAI_API_KEY=secret",
                               "LC_ALL=C",  "AWS_SECRET=s",        nullptr};
  CHECK(WorkerEnvironment(environment) ==
        std::vector<std::string>{"PATH=/bin", "FLYWHEEL_BIN_DIR=/x", "LC_ALL=C"});
}

}  // namespace flywheel
