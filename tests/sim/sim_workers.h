// The workers of the fake world, and the network between them and the daemon. They do what design
// and worker_service.proto say a worker does, and suffer what may happen to one. One stream keeps
// its order, as gRPC's does; what overtakes is another stream of the same worker: the last words of
// a broken one, and its end, may come after the hello of the next. Messages to a worker are lost
// with their stream.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "orchestrator/engine/worker_link.h"
#include "orchestrator/ports/executor.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_environment.h"

namespace flywheel {

// What a task in this world hands back: a function of the task alone.
TaskResult SimResult(const TaskSpec& task);

class SimWorkers : public WorkerLink, public Executor {
 public:
  SimWorkers(SimEnvironment& environment, SimDaemon& daemon);
  void Start();
  std::string Describe() const;
  // In quiet times: the daemon knows whose stream stands.
  void CheckKnown() const;

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
    TimeMs begin_ms = 0;
    bool zombie = false;  // of another history
  };
  struct Worker {
    std::string id;
    std::string host;
    bool alive = true;
    bool foreign = false;    // the executor knows nothing of it
    int64_t connection = 0;  // 0: not connected
    TimeMs cut_until = 0;
    TimeMs frozen_until = 0;
    TimeMs arrived_ms = 0;  // when the daemon was last told something by it
    TimeMs up_ms = 0;       // messages of one stream keep their order
    TimeMs down_ms = 0;
    std::optional<Running> running;
    std::map<AttemptId, AttemptFinished> unacknowledged;
  };

  // ---- processes (sim_workers.cc)
  Worker& Add(const std::string& id, const std::string& host);
  void StartWorker(const std::string& host);
  void Beat(const std::string& id);
  void Trouble(Worker& worker);
  void Begin(Worker& worker, Running running);
  void EndTask(const std::string& id, int64_t fencing_token, const AttemptFinished& finished);
  AttemptFinished Outcome(const Worker& worker);
  void CheckOverlap(const Running& running) const;
  void CheckCapacity(const std::string& host) const;

  // ---- workers of another history (sim_zombies.cc)
  void RaiseZombies();
  void RaiseZombie(const Task& task, const Attempt& attempt);

  // ---- the network (sim_network.cc)
  void Connect(Worker& worker);
  void Break(Worker& worker);
  void Up(Worker& worker, Observation observation);
  void Arrive(const std::string& id, int64_t connection, int64_t life, Observation observation);
  void Down(const std::string& id, int64_t connection, std::function<void(Worker&)> what);
  TimeMs UnderWay();

  SimEnvironment& environment_;
  SimDaemon& daemon_;
  std::map<std::string, Worker> workers_;
  int started_ = 0;
  int starting_ = 0;
  int zombies_ = 0;
  int64_t connections_ = 0;  // of this life of the daemon
  std::set<AttemptId> begun_;
};

}  // namespace flywheel
