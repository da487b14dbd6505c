#include <utility>

#include "tests/sim/sim_workers.h"

namespace flywheel {
namespace {

// How long a broken stream may be noticed, or its last words come, after the fact.
constexpr TimeMs kLatestMs = 30'000;

}  // namespace

TimeMs SimWorkers::UnderWay() {
  const bool slow = environment_.Has(Fault::kDelayed) && environment_.rng.Chance(0.2);
  return environment_.Delay(0, slow ? 9000 : 20);
}

void SimWorkers::Connect(Worker& worker) {
  if (!daemon_.up() || environment_.now_ms() < worker.cut_until) return;
  worker.connection = ++connections_;
  worker.up_ms = 0;
  WorkerConnected connected;
  connected.connection = worker.connection;
  connected.hello.worker = worker.id;
  connected.hello.host = worker.host;
  connected.hello.cpus = environment_.options.cpus_per_host;
  if (worker.running) {
    connected.hello.running.push_back({worker.running->attempt, worker.running->fencing_token});
  }
  for (const auto& [attempt, finished] : worker.unacknowledged) {
    connected.hello.finished.push_back({attempt, finished.fencing_token});
  }
  Up(worker, connected);
  for (const auto& [attempt, finished] : worker.unacknowledged) Up(worker, finished);
}

// The daemon notices at once, later (even after the worker is back), or never.
void SimWorkers::Break(Worker& worker) {
  const int64_t connection = std::exchange(worker.connection, 0);
  if (connection == 0 || !environment_.rng.Chance(0.6)) return;
  const bool late = environment_.Has(Fault::kReordered);
  environment_.After(environment_.Delay(1, late ? kLatestMs : 50),
                     [this, id = worker.id, connection, life = daemon_.life()] {
                       if (daemon_.life() != life) return;
                       daemon_.Deliver(Observation(WorkerDisconnected{id, connection}));
                     });
}

// To the daemon, in order. When the stream breaks meanwhile it is lost, or one of its last words.
void SimWorkers::Up(Worker& worker, Observation observation) {
  if (worker.connection == 0) return;
  const bool hello = std::holds_alternative<WorkerConnected>(observation);
  const int copies = !hello && environment_.Has(Fault::kDoubled) && environment_.rng.Chance(0.3);
  for (int copy = 0; copy <= copies; ++copy) {
    worker.up_ms = std::max(worker.up_ms, environment_.now_ms() + UnderWay());
    environment_.schedule.At(
        worker.up_ms, [this, id = worker.id, connection = worker.connection, life = daemon_.life(),
                       observation] { Arrive(id, connection, life, observation); });
  }
}

void SimWorkers::Arrive(const std::string& id, int64_t connection, int64_t life,
                        Observation observation) {
  if (daemon_.life() != life) return;
  Worker& worker = workers_.at(id);
  if (worker.connection == connection) {
    worker.arrived_ms = environment_.now_ms();
    return daemon_.Deliver(std::move(observation));
  }
  const bool hello = std::holds_alternative<WorkerConnected>(observation);
  if (hello || !environment_.Has(Fault::kReordered) || environment_.rng.Chance(0.5)) return;
  environment_.After(environment_.Delay(0, kLatestMs),
                     [this, life, observation = std::move(observation)] {
                       if (daemon_.life() == life) daemon_.Deliver(observation);
                     });
}

// To the worker, in order, lost when the stream is.
void SimWorkers::Down(const std::string& id, int64_t connection,
                      std::function<void(Worker&)> what) {
  Worker& worker = workers_.at(id);
  if (daemon_.muted() || worker.connection == 0 || worker.connection != connection) return;
  worker.down_ms = std::max(worker.down_ms, daemon_.says_ms() + UnderWay());
  worker.down_ms = std::max(worker.down_ms, worker.frozen_until);
  environment_.schedule.At(
      worker.down_ms, [this, id, connection, life = daemon_.life(), what = std::move(what)] {
        Worker& there = workers_.at(id);
        const bool same = daemon_.life() == life && there.connection == connection;
        if (there.alive && same) what(there);
      });
}

}  // namespace flywheel
