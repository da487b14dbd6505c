// A fake world around the real loop: workers with random delays and failures, a network that cuts,
// people who create, pause and cancel, and a daemon that dies at any point. All of it a function of
// one seed. Run throws SimFailure as soon as something that must never happen has happened.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/rng.h"
#include "orchestrator/engine/loop.h"
#include "tests/support/fake_journal.h"
#include "tests/support/fake_world.h"

namespace flywheel {

struct SimFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Crashes {
  kAtRandom,       // now and then, anywhere
  kAtEveryAppend,  // at three of four appends: torn, with its answer lost, after it
};

struct SimOptions {
  uint64_t seed = 1;
  Crashes crashes = Crashes::kAtRandom;
  int campaigns = 3;
  bool faults = true;
  int32_t hosts = 2;
  int32_t cpus_per_host = 2;
  std::function<void(CampaignSpec&)> adjust;
};

// What a task in this world hands back: a function of the task alone.
TaskResult SimResult(const TaskSpec& task);

class SimWorld : public WorkerLink, public Executor {
 public:
  explicit SimWorld(SimOptions options);
  void Run();

  std::vector<Event> events() const { return journal_.events(); }
  const LoopState& state() const { return *loop_->snapshot(); }
  int crashes() const { return crashes_; }
  // Called after every turn.
  std::function<void(const LoopState&)> on_turn;

  ExecutorCapacity capacity() const override;
  void EnsureWorkers(int32_t count) override;
  void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) override;
  void Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) override;
  void Acknowledge(const Acknowledgement& acknowledgement) override;

 private:
  struct Running {
    AttemptId attempt;
    TaskSpec task;
    int64_t fencing_token = 0;
  };
  struct Worker {
    std::string id;
    std::string host;
    bool alive = true;
    int64_t connection = 0;  // 0: not connected
    TimeMs cut_until = 0;
    TimeMs frozen_until = 0;
    TimeMs up_ms = 0;  // messages keep their order
    TimeMs down_ms = 0;
    std::optional<Running> running;
    std::map<AttemptId, AttemptFinished> unacknowledged;
  };

  void At(TimeMs when, std::function<void()> what);
  void After(TimeMs delay, std::function<void()> what) {
    At(clock_.now_ms + delay, std::move(what));
  }
  TimeMs Delay(TimeMs low, TimeMs high) { return rng_.Between(low, high); }

  // ---- the daemon and the people (sim_world.cc)
  void Boot();
  void Turn();
  void TurnIntoDeath();
  void WakeAt(TimeMs when);
  void Die(const std::string& how);
  void CrashSomehow();
  void CheckReplay();
  void PlanPeople();
  void Create(int number);
  void Command(flywheel::Command command);
  bool Finished() const;
  std::string Describe() const;
  bool chaos() const { return options_.faults && clock_.now_ms < chaos_end_ms_; }

  // ---- workers (sim_worker.cc)
  void StartWorker(const std::string& host);
  void Beat(const std::string& id);
  void Connect(Worker& worker);
  void Up(Worker& worker, Observation observation);
  void Down(const std::string& id, int64_t connection, std::function<void(Worker&)> what);
  void Begin(Worker& worker, Running running);
  void EndTask(const std::string& id, int64_t fencing_token, const AttemptFinished& finished);
  AttemptFinished Outcome(const Worker& worker);
  void Trouble(const std::string& id);
  void CheckCapacity(const std::string& host) const;

  struct Planned {
    TimeMs when;
    int64_t order;
    std::function<void()> what;
    bool operator<(const Planned& other) const {
      return std::tie(when, order) > std::tie(other.when, other.order);
    }
  };

  const SimOptions options_;
  Rng rng_;
  FakeClock clock_;
  FakeJournal journal_;
  std::unique_ptr<Loop> loop_;
  std::priority_queue<Planned> plan_;
  int64_t order_ = 0;
  TimeMs chaos_end_ms_ = 0;

  bool up_ = false;     // the daemon runs
  bool muted_ = false;  // it dies before its messages leave
  std::vector<LoopInput> inbox_;
  std::optional<TimeMs> wake_ms_;
  int crashes_ = 0;
  uint64_t deadly_turns_ = 0;
  std::string last_death_ = "never";

  std::map<std::string, Worker> workers_;
  int started_workers_ = 0;
  int starting_ = 0;
  int64_t connections_ = 0;
  std::map<int, bool> created_;  // campaign number -> its reply was seen
  std::set<AttemptId> begun_;
  std::map<TaskId, AttemptId> accepted_;
};

}  // namespace flywheel
