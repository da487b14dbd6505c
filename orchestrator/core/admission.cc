#include "orchestrator/core/admission.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace flywheel {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max() / 4;

struct Room {
  int64_t cpus = 0;
  int64_t memory_mb = 0;

  bool Fits(const Resources& need) const {
    return need.cpus <= cpus && need.memory_mb <= memory_mb;
  }
  void Take(const Resources& need) {
    cpus -= need.cpus;
    memory_mb -= need.memory_mb;
  }
};

struct Host {
  Room whole;
  Room left;
};

Room RoomOf(int32_t cpus, int32_t memory_mb) {
  return {std::max(cpus, 1), memory_mb > 0 ? int64_t{memory_mb} : kNoLimit};
}

// What an attempt uses; one cpu when the campaign is no longer known.
Resources UseOf(const LoopState& state, const AttemptId& attempt) {
  const CampaignState* campaign = state.Find(attempt.task.campaign);
  const Task* task = campaign == nullptr ? nullptr : campaign->FindTask(attempt.task);
  return task == nullptr ? Resources{} : task->spec.resources;
}

std::map<std::string, Host> Hosts(const LoopState& state) {
  std::map<std::string, Host> hosts;
  for (const auto& [name, worker] : state.workers) {
    if (!worker.ended.empty()) continue;
    Host& host = hosts[worker.hello.host];
    const Room room = RoomOf(worker.hello.cpus, worker.hello.memory_mb);
    host.whole.cpus = std::max(host.whole.cpus, room.cpus);
    host.whole.memory_mb = std::max(host.whole.memory_mb, room.memory_mb);
  }
  const std::vector<AttemptId> homeless = Homeless(state);
  for (auto& [name, host] : hosts) {
    host.left = host.whole;
    for (const AttemptId& attempt : homeless) host.left.Take(UseOf(state, attempt));
  }
  for (const auto& [name, worker] : state.workers) {
    for (const auto& [attempt, holding] : worker.holding) {
      hosts[worker.hello.host].left.Take(UseOf(state, attempt));
    }
  }
  return hosts;
}

// May the campaign start anything at all?
bool MayStart(const CampaignState& campaign) {
  return campaign.phase == CampaignPhase::kRunning && campaign.quarantine.empty() &&
         campaign.Doom().empty();
}

bool Runs(const WorkerState& worker, const std::string& kind) {
  const std::vector<std::string>& kinds = worker.hello.kinds;
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool IsIdle(const WorkerState& worker, const LoopState& state, TimeMs now) {
  return worker.connected && worker.ended.empty() && worker.holding.empty() &&
         now < worker.heard_ms + state.config.lease_ms;
}

struct Rank {
  int64_t priority = 0;  // negated: higher first
  int64_t cpus = 0;
  double served = 0;
  int64_t id = 0;
  auto operator<=>(const Rank&) const = default;
};

Rank RankOf(const CampaignState& campaign, TimeMs now) {
  Rank rank{.priority = -int64_t{campaign.spec.priority},
            .served = campaign.task_seconds + campaign.served_before,
            .id = campaign.id};
  ForEachTask(campaign, [&](const Task& task) {
    if (const Attempt* running = task.running()) {
      rank.cpus += task.spec.resources.cpus;
      rank.served += MsToSeconds(now - running->start_ms);
    }
  });
  return rank;
}

}  // namespace

std::vector<AttemptId> Homeless(const LoopState& state) {
  std::vector<AttemptId> homeless;
  for (const auto& [id, campaign] : state.campaigns) {
    if (IsFinal(campaign->phase)) continue;
    ForEachTask(*campaign, [&](const Task& task) {
      const Attempt* running = task.running();
      if (running != nullptr && !state.workers.contains(running->worker)) {
        homeless.push_back(task.attempt_id(*running));
      }
    });
  }
  return homeless;
}

std::vector<const Task*> Waiting(const LoopState& state, TimeMs now) {
  if (!state.disk_low.empty()) return {};
  std::vector<std::pair<Rank, const CampaignState*>> ranked;
  for (const auto& [id, campaign] : state.campaigns) {
    if (MayStart(*campaign)) ranked.emplace_back(RankOf(*campaign, now), &*campaign);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<const Task*> waiting;
  for (const auto& [rank, campaign] : ranked) {
    if (campaign->iterations.empty()) continue;
    // Tasks of one stage only can wait: the last one.
    for (const Task& task : campaign->iterations.back().stages.back().tasks) {
      if (task.state == TaskState::kWaiting && task.not_before_ms <= now) waiting.push_back(&task);
    }
  }
  return waiting;
}

std::vector<Placement> Admit(const LoopState& state, TimeMs now) {
  std::map<std::string, Host> hosts = Hosts(state);
  for (const Task* task : Waiting(state, now)) {
    const Resources& need = task->spec.resources;
    std::set<std::string> reserved;
    for (const auto& [name, worker] : state.workers) {
      Host& host = hosts[worker.hello.host];
      if (!worker.ended.empty() || !Runs(worker, task->spec.kind)) continue;
      if (host.left.Fits(need)) {
        if (IsIdle(worker, state, now)) return {{task->id, name}};
      } else if (host.whole.Fits(need)) {
        reserved.insert(worker.hello.host);
      }
    }
    // It waits for room: nobody after it may take the room away again and again.
    for (const std::string& host : reserved) hosts[host].left.Take(need);
  }
  return {};
}

int32_t Startable(const LoopState& state, TimeMs now) {
  const ExecutorCapacity& capacity = state.config.capacity;
  Room room = RoomOf(capacity.cpus, capacity.memory_mb);
  for (const AttemptId& attempt : Homeless(state)) room.Take(UseOf(state, attempt));
  for (const auto& [name, worker] : state.workers) {
    if (!capacity.host.empty() && worker.hello.host != capacity.host) continue;
    for (const auto& [attempt, holding] : worker.holding) room.Take(UseOf(state, attempt));
  }
  int32_t startable = 0;
  for (const Task* task : Waiting(state, now)) {
    if (!room.Fits(task->spec.resources)) break;
    room.Take(task->spec.resources);
    ++startable;
  }
  return startable;
}

}  // namespace flywheel
