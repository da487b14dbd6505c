// The rest of the daemon as the loop sees it, under a test's control: a clock that stands, an
// executor that only counts, workers that take note of what they are told.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/loop.h"
#include "tests/support/fake_results.h"

namespace flywheel {

class FakeClock : public Clock {
 public:
  TimeMs Now() const override { return now_ms; }
  // 2026-01-01 00:00:00 UTC.
  TimeMs now_ms = 1'767'225'600'000;
};

class FakeExecutor : public Executor {
 public:
  ExecutorCapacity capacity() const override { return given; }
  void EnsureWorkers(int32_t count) override { wanted = count; }
  ExecutorCapacity given;
  int32_t wanted = 0;
};

// Keeps every message; `on_message` sees each as one line, such as "w1 <- assign c1/.../a1 token
// 1".
class FakeLink : public WorkerLink {
 public:
  struct Assigned {
    WorkerAddress to;
    TaskSpec task;
    int64_t fencing_token = 0;
  };
  struct Cancelled {
    WorkerAddress to;
    AttemptId attempt;
    int64_t fencing_token = 0;
  };

  void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) override;
  void Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) override;
  void Acknowledge(const Acknowledgement& acknowledgement) override;

  std::vector<Assigned> assigned;
  std::vector<Cancelled> cancelled;
  std::vector<Acknowledgement> acknowledged;
  std::function<void(const std::string&)> on_message;
};

// Runs one turn and returns the reply to `command`.
Result<Shared<CampaignState>> SubmitNow(Loop& loop, Command command);
// One turn with these observations.
Status ObserveNow(Loop& loop, std::vector<Observation> observations);

// A hello of a worker that holds nothing, on a host named "host".
WorkerConnected Connected(const std::string& worker, int64_t connection, int32_t cpus = 2);

// "c1/i2/train/t0/a1" as an id; ends the test program when it is not one.
AttemptId AttemptOf(const std::string& text);

}  // namespace flywheel
