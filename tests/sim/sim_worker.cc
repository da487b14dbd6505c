// The workers of the fake world: they do what design and worker_service.proto say a worker does,
// and suffer what may happen to one.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/sim/sim_world.h"

namespace flywheel {
namespace {

constexpr TimeMs kBeatMs = 10'000;
constexpr double kTroubleABeat = 0.04;

}  // namespace

ExecutorCapacity SimWorld::capacity() const {
  return {.host = "",
          .max_workers = options_.hosts * options_.cpus_per_host,
          .cpus = options_.hosts * options_.cpus_per_host,
          .memory_mb = 0};
}

void SimWorld::EnsureWorkers(int32_t count) {
  if (muted_) return;
  int32_t there = starting_;
  for (const auto& [id, worker] : workers_) there += worker.alive ? 1 : 0;
  for (; there < count; ++there) {
    ++starting_;
    const std::string host = fmt::format("h{}", rng_.Below(static_cast<uint64_t>(options_.hosts)));
    After(Delay(50, 1500), [this, host] { StartWorker(host); });
  }
}

void SimWorld::StartWorker(const std::string& host) {
  --starting_;
  Worker worker;
  worker.id = fmt::format("w{}", ++started_workers_);
  worker.host = host;
  workers_[worker.id] = worker;
  Connect(workers_[worker.id]);
  const std::string id = worker.id;
  After(Delay(1, kBeatMs), [this, id] { Beat(id); });
}

void SimWorld::Connect(Worker& worker) {
  if (!up_ || clock_.now_ms < worker.cut_until) return;
  worker.connection = ++connections_;
  WorkerConnected connected;
  connected.connection = worker.connection;
  connected.hello.worker = worker.id;
  connected.hello.host = worker.host;
  connected.hello.cpus = options_.cpus_per_host;
  if (worker.running) {
    connected.hello.running.push_back({worker.running->attempt, worker.running->fencing_token});
  }
  for (const auto& [attempt, finished] : worker.unacknowledged) {
    connected.hello.finished.push_back({attempt, finished.fencing_token});
  }
  Up(worker, connected);
  for (const auto& [attempt, finished] : worker.unacknowledged) Up(worker, finished);
}

void SimWorld::Beat(const std::string& id) {
  Worker& worker = workers_.at(id);
  if (!worker.alive) return;
  After(kBeatMs, [this, id] { Beat(id); });
  if (chaos() && rng_.Chance(kTroubleABeat)) Trouble(id);
  if (!worker.alive || clock_.now_ms < worker.frozen_until) return;
  if (worker.connection == 0) return Connect(worker);
  WorkerHeard heard{id, worker.connection, {}};
  if (worker.running) {
    heard.running.push_back({worker.running->attempt, worker.running->fencing_token});
    if (rng_.Chance(0.5)) {
      Up(worker, AttemptProgressed{id, worker.running->attempt, worker.running->fencing_token, {}});
    }
  }
  Up(worker, heard);
  for (const auto& [attempt, finished] : worker.unacknowledged) Up(worker, finished);
}

void SimWorld::Trouble(const std::string& id) {
  Worker& worker = workers_.at(id);
  const int64_t connection = std::exchange(worker.connection, 0);
  const auto tell = [&](Observation observation) {
    // Whoever would say so may not be there, or notice nothing.
    if (up_ && rng_.Chance(0.6)) {
      inbox_.emplace_back(std::move(observation));
      WakeAt(clock_.now_ms + Delay(1, 50));
    }
  };
  switch (rng_.Below(3)) {
    case 0:  // killed, its task with it
      worker.alive = false;
      worker.running.reset();
      if (connection != 0) tell(WorkerDisconnected{id, connection});
      return tell(WorkerEnded{id, "killed"});
    case 1:  // cut off
      worker.cut_until = clock_.now_ms + Delay(0, 150'000);
      return tell(WorkerDisconnected{id, connection});
    default:  // stopped: the stream stays, nothing is said
      worker.connection = connection;
      worker.frozen_until = clock_.now_ms + Delay(0, 150'000);
  }
}

// To the daemon, in order, lost when the stream is.
void SimWorld::Up(Worker& worker, Observation observation) {
  if (worker.connection == 0) return;
  worker.up_ms = std::max(worker.up_ms, clock_.now_ms + Delay(0, 20));
  At(worker.up_ms, [this, id = worker.id, connection = worker.connection,
                    observation = std::move(observation)]() mutable {
    if (!up_ || workers_.at(id).connection != connection) return;
    inbox_.emplace_back(std::move(observation));
    WakeAt(clock_.now_ms + Delay(1, 5));
  });
}

// To the worker, in order, lost when the stream is.
void SimWorld::Down(const std::string& id, int64_t connection, std::function<void(Worker&)> what) {
  Worker& worker = workers_.at(id);
  if (muted_ || worker.connection == 0 || worker.connection != connection) return;
  worker.down_ms = std::max(worker.down_ms, clock_.now_ms + Delay(0, 20));
  worker.down_ms = std::max(worker.down_ms, worker.frozen_until);
  At(worker.down_ms, [this, id, connection, what = std::move(what)] {
    Worker& there = workers_.at(id);
    if (there.alive && there.connection == connection) what(there);
  });
}

void SimWorld::Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) {
  CheckCapacity(workers_.at(to.worker).host);
  Running running{AttemptOf(task.attempt), task, fencing_token};
  Down(to.worker, to.connection,
       [this, running = std::move(running)](Worker& worker) { Begin(worker, running); });
}

void SimWorld::Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) {
  Down(to.worker, to.connection, [this, attempt, fencing_token](Worker& worker) {
    if (!worker.running || worker.running->attempt != attempt) return;
    if (worker.running->fencing_token != fencing_token) return;
    AttemptFinished finished{worker.id, attempt, fencing_token, {}, 1, 0};
    AttemptFailure stopped;
    stopped.reason = "stopped";
    stopped.cancelled = true;
    finished.outcome = stopped;
    After(Delay(10, 9000),
          [this, id = worker.id, finished] { EndTask(id, finished.fencing_token, finished); });
  });
}

void SimWorld::Acknowledge(const Acknowledgement& acknowledgement) {
  const AttemptId& attempt = acknowledgement.attempt;
  Worker& worker = workers_.at(acknowledgement.worker);
  const auto found = worker.unacknowledged.find(attempt);
  if (!muted_ && acknowledgement.accepted && found != worker.unacknowledged.end() &&
      std::holds_alternative<TaskResult>(found->second.outcome)) {
    const auto [first, fresh] = accepted_.emplace(attempt.task, attempt);
    if (!fresh && first->second != attempt) {
      throw SimFailure(fmt::format("two results counted: {} and {}", ToString(first->second),
                                   ToString(attempt)));
    }
  }
  Down(acknowledgement.worker, worker.connection,
       [attempt](Worker& there) { there.unacknowledged.erase(attempt); });
}

void SimWorld::Begin(Worker& worker, Running running) {
  const std::string name = ToString(running.attempt);
  if (worker.running) throw SimFailure(fmt::format("{} was given to busy {}", name, worker.id));
  if (!begun_.insert(running.attempt).second) throw SimFailure(name + " was started twice");
  worker.running = std::move(running);
  if (chaos() && rng_.Chance(0.01)) return;  // hangs, and its worker does not enforce the limit
  const AttemptFinished finished = Outcome(worker);
  After(SecondsToMs(finished.seconds),
        [this, id = worker.id, finished] { EndTask(id, finished.fencing_token, finished); });
}

AttemptFinished SimWorld::Outcome(const Worker& worker) {
  const Running& running = *worker.running;
  AttemptFinished finished{worker.id, running.attempt, running.fencing_token, {}, 0, 0};
  finished.seconds = MsToSeconds(Delay(500, 40'000));
  const double dice = chaos() ? rng_.Unit() : 1;
  AttemptFailure failure;
  failure.reason = "as the dice fell";
  if (dice < 0.002) {
    failure.exit_code = 65;
  } else if (dice < 0.03) {
    failure.exit_code = 75;
  } else if (dice < 0.08) {
    failure.signal = 11;
  } else {
    finished.outcome = SimResult(running.task);
    return finished;
  }
  finished.outcome = failure;
  return finished;
}

void SimWorld::EndTask(const std::string& id, int64_t fencing_token,
                       const AttemptFinished& finished) {
  Worker& worker = workers_.at(id);
  if (!worker.alive || !worker.running || worker.running->fencing_token != fencing_token) return;
  if (clock_.now_ms < worker.frozen_until) {
    return At(worker.frozen_until,
              [this, id, fencing_token, finished] { EndTask(id, fencing_token, finished); });
  }
  worker.running.reset();
  worker.unacknowledged[finished.attempt] = finished;
  Up(worker, finished);
}

// What the daemon can know of a host never uses more than the host has.
void SimWorld::CheckCapacity(const std::string& host) const {
  int64_t used = 0;
  for (const auto& [name, seen] : state().workers) {
    const Worker& worker = workers_.at(name);
    if (worker.host != host || !worker.alive) continue;
    std::map<AttemptId, int32_t> cpus;
    if (worker.running) cpus[worker.running->attempt] = worker.running->task.resources.cpus;
    for (const auto& [attempt, holding] : seen.holding) {
      const CampaignState* campaign = state().Find(attempt.task.campaign);
      cpus[attempt] = campaign->FindTask(attempt.task)->spec->resources.cpus;
    }
    if (cpus.size() > 1) throw SimFailure(worker.id + " has more than one attempt");
    for (const auto& [attempt, count] : cpus) used += count;
  }
  if (used > options_.cpus_per_host) {
    throw SimFailure(fmt::format("{} gives out {} cpus of {}", host, used, options_.cpus_per_host));
  }
}

}  // namespace flywheel
