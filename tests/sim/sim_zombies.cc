// Workers that outlived a journal which was put back from a backup: what they say names attempts
// that exist, under fencing tokens that those never had.
#include <fmt/format.h>

#include "orchestrator/core/campaign.h"
#include "tests/sim/sim_workers.h"

namespace flywheel {
namespace {

constexpr int kMostZombies = 4;

}  // namespace

void SimWorkers::RaiseZombies() {
  environment_.After(environment_.Delay(10'000, 150'000), [this] { RaiseZombies(); });
  if (!daemon_.up() || !environment_.Has(Fault::kZombies) || zombies_ == kMostZombies) return;
  for (const auto& [id, campaign] : daemon_.state().campaigns) {
    const Task* running = nullptr;
    ForEachTask(*campaign, [&](const Task& task) {
      if (task.running() != nullptr) running = &task;
    });
    if (running != nullptr) return RaiseZombie(*running, *running->running());
  }
}

// It works at what another worker was given, under a token of its own, and makes something else.
void SimWorkers::RaiseZombie(const Task& task, const Attempt& attempt) {
  const std::string id = fmt::format("z{}", ++zombies_);
  Worker& worker = Add(id, "host-of-" + id);
  worker.foreign = true;
  const int64_t token = attempt.fencing_token + environment_.Delay(1, 3) * 1000;
  worker.running = Running{task.attempt_id(attempt), task.spec, token, 0, true};
  worker.running->task.seed += 1;
  AttemptFinished finished{id, worker.running->attempt, token, SimResult(worker.running->task), 1,
                           0};
  environment_.After(environment_.Delay(500, 40'000),
                     [this, id, token, finished] { EndTask(id, token, finished); });
  Connect(worker);
}

}  // namespace flywheel
