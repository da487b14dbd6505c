#include "tests/sim/sim_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/core/campaign.h"
#include "tests/support/fake_results.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

constexpr TimeMs kBeatMs = 10'000;
constexpr double kTroubleABeat = 0.02;

}  // namespace

TaskResult SimResult(const TaskSpec& task) {
  FakeOutcome outcome;
  // Half of the candidates are better, which half is a function of the task.
  outcome.p_value = FakeDigest(task, "p").at(0) < '8' ? 0.0001 : 0.9;
  return FakeResult(task, outcome);
}

SimWorkers::SimWorkers(SimEnvironment& environment, SimDaemon& daemon)
    : environment_(environment), daemon_(daemon) {
  daemon_.on_death = [this] {
    connections_ = 0;
    for (auto& [id, worker] : workers_) worker.connection = 0;
  };
  daemon_.witness().runs_for_ms = [this](const std::string& id, const AttemptId& attempt) {
    const auto worker = workers_.find(id);
    std::optional<TimeMs> runs_ms;
    if (worker == workers_.end() || !worker->second.alive) return runs_ms;
    const std::optional<Running>& running = worker->second.running;
    if (running && running->attempt == attempt && !running->zombie) {
      runs_ms = daemon_.says_ms() - running->begin_ms;
    }
    return runs_ms;
  };
}

void SimWorkers::Start() {
  if (environment_.Has(Fault::kZombies)) RaiseZombies();
}

std::string SimWorkers::Describe() const {
  std::string text;
  for (const auto& [name, seen] : daemon_.state().workers) {
    const Worker& worker = workers_.at(name);
    text += fmt::format("\n  {} on {}: stream {} of {}, heard {}, holds {}, really {}", name,
                        worker.host, seen.connection, worker.connection, seen.heard_ms,
                        HeldAttemptName(seen),
                        worker.running ? ToString(worker.running->attempt) : "nothing");
  }
  return text;
}

// ---- as the executor sees them

ExecutorCapacity SimWorkers::capacity() const {
  const int32_t cpus = environment_.options.hosts * environment_.options.cpus_per_host;
  return {.host = "", .max_workers = cpus, .cpus = cpus, .memory_mb = 0};
}

void SimWorkers::EnsureWorkers(int32_t count) {
  if (daemon_.muted()) return;
  int32_t there = starting_;
  for (const auto& [id, worker] : workers_) there += worker.alive && !worker.foreign ? 1 : 0;
  for (; there < count; ++there) {
    ++starting_;
    const auto hosts = static_cast<uint64_t>(environment_.options.hosts);
    const std::string host = fmt::format("h{}", environment_.rng.Below(hosts));
    environment_.After(environment_.Delay(50, 1500), [this, host] { StartWorker(host); });
  }
}

SimWorkers::Worker& SimWorkers::Add(const std::string& id, const std::string& host) {
  Worker& worker = workers_[id];
  worker.id = id;
  worker.host = host;
  environment_.After(environment_.Delay(1, kBeatMs), [this, id] { Beat(id); });
  return worker;
}

void SimWorkers::StartWorker(const std::string& host) {
  --starting_;
  Connect(Add(fmt::format("w{}", ++started_), host));
}

void SimWorkers::Beat(const std::string& id) {
  Worker& worker = workers_.at(id);
  if (!worker.alive) return;
  environment_.After(kBeatMs, [this, id] { Beat(id); });
  Trouble(worker);
  if (!worker.alive || environment_.now_ms() < worker.frozen_until) return;
  if (worker.connection == 0) return Connect(worker);
  WorkerHeard heard{id, worker.connection, {}};
  if (worker.running) {
    heard.running.push_back({worker.running->attempt, worker.running->fencing_token});
    if (environment_.rng.Chance(0.5)) {
      Up(worker, AttemptProgressed{id, worker.running->attempt, worker.running->fencing_token, {}});
    }
  }
  Up(worker, heard);
  for (const auto& [attempt, finished] : worker.unacknowledged) Up(worker, finished);
}

void SimWorkers::Trouble(Worker& worker) {
  const auto strikes = [this](Fault fault) {
    return environment_.Has(fault) && environment_.rng.Chance(kTroubleABeat);
  };
  if (strikes(Fault::kWorkersDie)) {
    worker.alive = false;
    worker.running.reset();
    Break(worker);
    // Whoever would say so may not be there.
    if (environment_.rng.Chance(0.6)) {
      daemon_.Deliver(Observation(WorkerEnded{worker.id, "killed"}));
    }
    return;
  }
  if (strikes(Fault::kStreamsBreak)) {
    Break(worker);
    worker.cut_until = environment_.now_ms() + environment_.Delay(0, 150'000);
  }
  if (strikes(Fault::kWorkersFreeze)) {
    const TimeMs until = environment_.now_ms() + environment_.Delay(0, 150'000);
    worker.frozen_until = std::max(worker.frozen_until, until);
  }
}

// ---- what the daemon says

void SimWorkers::Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) {
  Running running{AttemptOf(task.attempt), task, fencing_token, 0, false};
  if (!daemon_.muted()) daemon_.witness().Assigned(to, running.attempt, fencing_token);
  CheckCapacity(workers_.at(to.worker).host);
  Down(to.worker, to.connection,
       [this, running = std::move(running)](Worker& worker) { Begin(worker, running); });
}

void SimWorkers::Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) {
  Down(to.worker, to.connection, [this, attempt, fencing_token](Worker& worker) {
    if (!worker.running || worker.running->attempt != attempt) return;
    if (worker.running->fencing_token != fencing_token) return;
    AttemptFinished finished{worker.id, attempt, fencing_token, {}, 1, 0};
    AttemptFailure stopped;
    stopped.reason = "stopped";
    stopped.cancelled = true;
    finished.outcome = stopped;
    environment_.After(environment_.Delay(10, 9000), [this, id = worker.id, finished] {
      EndTask(id, finished.fencing_token, finished);
    });
  });
}

void SimWorkers::Acknowledge(const Acknowledgement& said) {
  Worker& worker = workers_.at(said.worker);
  const auto found = worker.unacknowledged.find(said.attempt);
  if (daemon_.muted() || found == worker.unacknowledged.end()) return;
  if (found->second.fencing_token != said.fencing_token) return;
  daemon_.witness().Acknowledged(said, found->second);
  Down(said.worker, worker.connection,
       [attempt = said.attempt](Worker& there) { there.unacknowledged.erase(attempt); });
}

// ---- tasks

void SimWorkers::Begin(Worker& worker, Running running) {
  const std::string name = ToString(running.attempt);
  if (worker.running) throw SimFailure(fmt::format("{} was given to busy {}", name, worker.id));
  if (!begun_.insert(running.attempt).second) throw SimFailure(name + " was started twice");
  CheckOverlap(running);
  worker.running = std::move(running);
  worker.running->begin_ms = environment_.now_ms();
  // One in a hundred hangs, and its worker does not enforce the limit.
  if (environment_.chaos() && environment_.rng.Chance(0.01)) return;
  const AttemptFinished finished = Outcome(worker);
  environment_.After(SecondsToMs(finished.seconds), [this, id = worker.id, finished] {
    EndTask(id, finished.fencing_token, finished);
  });
}

AttemptFinished SimWorkers::Outcome(const Worker& worker) {
  const Running& running = *worker.running;
  AttemptFinished finished{worker.id, running.attempt, running.fencing_token, {}, 0, 0};
  finished.seconds = MsToSeconds(environment_.Delay(500, 40'000));
  const double dice = environment_.chaos() ? environment_.rng.Unit() : 1;
  const double killed = environment_.Has(Fault::kTasksFail) ? 0.4 : 0.05;
  AttemptFailure failure;
  failure.reason = "as the dice fell";
  if (dice < 0.002) {
    failure.exit_code = 65;
  } else if (dice < 0.03) {
    failure.exit_code = 75;
  } else if (dice < 0.03 + killed) {
    failure.signal = 11;
  } else {
    finished.outcome = SimResult(running.task);
    return finished;
  }
  finished.outcome = failure;
  return finished;
}

void SimWorkers::EndTask(const std::string& id, int64_t fencing_token,
                         const AttemptFinished& finished) {
  Worker& worker = workers_.at(id);
  if (!worker.alive || !worker.running || worker.running->fencing_token != fencing_token) return;
  if (environment_.now_ms() < worker.frozen_until) {
    return environment_.schedule.At(worker.frozen_until, [this, id, fencing_token, finished] {
      EndTask(id, fencing_token, finished);
    });
  }
  worker.running.reset();
  worker.unacknowledged[finished.attempt] = finished;
  Up(worker, finished);
}

// ---- what must hold of them

void SimWorkers::CheckKnown() const {
  for (const auto& [id, worker] : workers_) {
    if (!worker.alive || worker.connection == 0) continue;
    const auto seen = daemon_.state().workers.find(id);
    if (seen != daemon_.state().workers.end() && seen->second.connected &&
        seen->second.connection == worker.connection) {
      continue;
    }
    throw SimFailure(fmt::format("{} is connected, but the daemon does not know", id));
  }
}

void SimWorkers::CheckOverlap(const Running& running) const {
  for (const auto& [id, other] : workers_) {
    if (!other.alive || !other.running || other.running->zombie) continue;
    if (other.running->attempt.task != running.attempt.task) continue;
    daemon_.witness().Overlap(running.attempt, other.running->attempt);
  }
}

// What the daemon can know of a host never uses more than the host has: what it has given out and
// not given up, and what its workers really run until they were silent for so long that it forgets.
void SimWorkers::CheckCapacity(const std::string& host) const {
  std::map<AttemptId, int32_t> cpus;
  for (const auto& [name, seen] : daemon_.state().workers) {
    const Worker& worker = workers_.at(name);
    if (worker.host != host || !worker.alive || !worker.running) continue;
    const TimeMs silent_ms = environment_.now_ms() - worker.arrived_ms;
    if (silent_ms >= kLeasesToForget * LoopConfig{}.lease_ms) continue;
    cpus[worker.running->attempt] = worker.running->task.resources.cpus;
  }
  for (const auto& [id, campaign] : daemon_.state().campaigns) {
    ForEachTask(*campaign, [&](const Task& task) {
      const Attempt* running = task.running();
      if (running == nullptr || workers_.at(running->worker).host != host) return;
      cpus[task.attempt_id(*running)] = task.spec->resources.cpus;
    });
  }
  int64_t used = 0;
  std::string by;
  for (const auto& [attempt, count] : cpus) {
    used += count;
    by += fmt::format(" {} ({})", ToString(attempt), count);
  }
  if (used <= environment_.options.cpus_per_host) return;
  throw SimFailure(fmt::format("{} gives out {} cpus of {}:{}", host, used,
                               environment_.options.cpus_per_host, by));
}

}  // namespace flywheel
