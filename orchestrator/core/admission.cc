#include "orchestrator/core/admission.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

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

struct IdleWorker {
  const std::string* name = nullptr;
  const std::vector<std::string>* kinds = nullptr;
};

struct Host {
  Room whole;
  Room left;
  bool runs_all = false;        // some worker takes every kind
  std::set<std::string> kinds;  // that the others take
  std::vector<IdleWorker> idle;

  bool Runs(const std::string& kind) const { return runs_all || kinds.contains(kind); }
};

using Hosts = std::map<std::string, Host>;

Room RoomOf(int32_t cpus, int32_t memory_mb) {
  return {std::max(cpus, 1), memory_mb > 0 ? int64_t{memory_mb} : kNoLimit};
}

// What an attempt uses; one cpu when the campaign is no longer known.
Resources UseOf(const LoopState& state, const AttemptId& attempt) {
  const CampaignState* campaign = state.Find(attempt.task.campaign);
  const Task* task = campaign == nullptr ? nullptr : campaign->FindTask(attempt.task);
  return task == nullptr ? Resources{} : task->spec->resources;
}

bool IsIdle(const WorkerState& worker, const LoopState& state, TimeMs now) {
  return worker.connected && worker.ended.empty() && worker.holding.empty() &&
         now < worker.heard_ms + state.config.lease_ms;
}

bool AnyIdle(const LoopState& state, TimeMs now) {
  return std::any_of(state.workers.begin(), state.workers.end(),
                     [&](const auto& entry) { return IsIdle(entry.second, state, now); });
}

Hosts FindHosts(const LoopState& state, const Agenda& agenda, TimeMs now) {
  Hosts hosts;
  for (const auto& [name, worker] : state.workers) {
    if (!worker.ended.empty()) continue;
    Host& host = hosts[worker.hello.host];
    const Room room = RoomOf(worker.hello.cpus, worker.hello.memory_mb);
    host.whole.cpus = std::max(host.whole.cpus, room.cpus);
    host.whole.memory_mb = std::max(host.whole.memory_mb, room.memory_mb);
    host.runs_all = host.runs_all || worker.hello.kinds.empty();
    host.kinds.insert(worker.hello.kinds.begin(), worker.hello.kinds.end());
    if (IsIdle(worker, state, now)) host.idle.push_back({&name, &worker.hello.kinds});
  }
  const std::vector<RunningAttemptView> homeless = Homeless(state, agenda);
  for (auto& [name, host] : hosts) {
    host.left = host.whole;
    for (const RunningAttemptView& running : homeless) {
      host.left.Take(running.task->spec->resources);
    }
  }
  for (const auto& [name, worker] : state.workers) {
    for (const auto& [attempt, holding] : worker.holding) {
      hosts[worker.hello.host].left.Take(UseOf(state, attempt));
    }
  }
  return hosts;
}

Rank RankNow(const Agenda::Entry& entry, TimeMs now) {
  const auto running = static_cast<TimeMs>(entry.running.size());
  Rank rank = entry.rank;
  rank.served += MsToSeconds(running * now - entry.running_start_ms);
  return rank;
}

// Tasks that may start now, best first; all of them, whether there is room or not.
class WaitingQueue {
 public:
  WaitingQueue(const LoopState& state, const Agenda& agenda, TimeMs now)
      : agenda_(agenda), now_(now), resting_(agenda.resting().begin()) {
    if (!state.disk_low.empty()) {
      resting_ = agenda.resting().end();
      return;
    }
    agenda.ForEachRunning([&](const Agenda::Entry& entry) { Join(entry); });
    agenda.ForEachDelayed([&](const Agenda::Entry& entry) {
      if (entry.running.empty()) Join(entry);
    });
    std::make_heap(lines_.begin(), lines_.end(), After);
    LetRestingJoin();
  }

  // Null when there is none.
  const Task* Next() {
    return lines_.empty() ? nullptr : (*lines_.front().tasks)[FindDue(lines_.front())];
  }
  // Leaves the next one behind: it started, or it cannot.
  void PassStarted() { Pass(Next()->spec->resources.cpus); }
  void PassOver() { Pass(0); }

 private:
  // One campaign's; a task of it is due.
  struct Line {
    Rank rank = {};
    const std::vector<const Task*>* tasks = nullptr;
    size_t next = 0;
  };

  static bool After(const Line& a, const Line& b) { return b.rank < a.rank; }

  // Moves to the next task that is due, from `next` on, and returns its place, or the end.
  size_t FindDue(Line& line) const {
    while (line.next < line.tasks->size() && (*line.tasks)[line.next]->not_before_ms > now_) {
      ++line.next;
    }
    return line.next;
  }

  void Join(const Agenda::Entry& entry) {
    if (entry.waiting.empty() || entry.first_due_ms > now_) return;
    lines_.push_back({.rank = RankNow(entry, now_), .tasks = &entry.waiting});
  }

  // Keeps the best one in front. Those that rest are in their order already: most never join.
  void LetRestingJoin() {
    if (resting_ == agenda_.resting().end()) return;
    if (!lines_.empty() && lines_.front().rank < *resting_) return;
    lines_.push_back({.rank = *resting_, .tasks = &agenda_.At(resting_->id).waiting});
    std::push_heap(lines_.begin(), lines_.end(), After);
    ++resting_;
  }

  void Pass(int64_t cpus) {
    std::pop_heap(lines_.begin(), lines_.end(), After);
    Line& line = lines_.back();
    line.rank.cpus += cpus;
    ++line.next;
    if (FindDue(line) < line.tasks->size()) {
      std::push_heap(lines_.begin(), lines_.end(), After);
    } else {
      lines_.pop_back();
    }
    LetRestingJoin();
  }

  const Agenda& agenda_;
  TimeMs now_;
  std::set<Rank>::const_iterator resting_;  // the best of those that have not joined
  std::vector<Line> lines_;                 // a heap
};

// Takes an idle worker of the host for this kind, or null.
const std::string* TakeIdle(Host& host, const std::string& kind) {
  for (auto idle = host.idle.begin(); idle != host.idle.end(); ++idle) {
    const std::vector<std::string>& kinds = *idle->kinds;
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) continue;
    const std::string* name = idle->name;
    host.idle.erase(idle);
    return name;
  }
  return nullptr;
}

// A worker for the task, its room taken; or null, and room kept for it where it must wait for room.
const std::string* Place(const Task& task, Hosts& hosts) {
  const Resources& need = task.spec->resources;
  for (auto& [name, host] : hosts) {
    if (!host.left.Fits(need)) continue;
    if (const std::string* worker = TakeIdle(host, task.spec->kind)) {
      host.left.Take(need);
      return worker;
    }
  }
  // Nobody after it may take the room away again and again.
  for (auto& [name, host] : hosts) {
    const bool waits = !host.left.Fits(need) && host.whole.Fits(need);
    if (waits && host.Runs(task.spec->kind)) host.left.Take(need);
  }
  return nullptr;
}

}  // namespace

std::vector<RunningAttemptView> Homeless(const LoopState& state, const Agenda& agenda) {
  std::vector<RunningAttemptView> homeless;
  agenda.ForEachRunning([&](const Agenda::Entry& entry) {
    for (const RunningAttemptView& running : entry.running) {
      if (!state.workers.contains(running.attempt->worker)) homeless.push_back(running);
    }
  });
  return homeless;
}

std::vector<Placement> Admit(const LoopState& state, const Agenda& agenda, TimeMs now) {
  std::vector<Placement> placements;
  if (!AnyIdle(state, now)) return placements;
  WaitingQueue queue(state, agenda, now);
  if (queue.Next() == nullptr) return placements;
  Hosts hosts = FindHosts(state, agenda, now);
  size_t idle = 0;
  for (const auto& [name, host] : hosts) idle += host.idle.size();
  for (const Task* task = queue.Next(); task != nullptr; task = queue.Next()) {
    const std::string* worker = Place(*task, hosts);
    if (worker == nullptr) {
      queue.PassOver();
      continue;
    }
    placements.push_back({task->id, *worker});
    if (--idle == 0) break;
    queue.PassStarted();
  }
  return placements;
}

int32_t Startable(const LoopState& state, const Agenda& agenda, TimeMs now) {
  WaitingQueue queue(state, agenda, now);
  if (queue.Next() == nullptr) return 0;
  const ExecutorCapacity& capacity = state.config.capacity;
  Room room = RoomOf(capacity.cpus, capacity.memory_mb);
  for (const RunningAttemptView& running : Homeless(state, agenda)) {
    room.Take(running.task->spec->resources);
  }
  for (const auto& [name, worker] : state.workers) {
    if (!capacity.host.empty() && worker.hello.host != capacity.host) continue;
    for (const auto& [attempt, holding] : worker.holding) room.Take(UseOf(state, attempt));
  }
  int32_t startable = 0;
  while (queue.Next() != nullptr && room.Fits(queue.Next()->spec->resources)) {
    room.Take(queue.Next()->spec->resources);
    ++startable;
    queue.PassStarted();
  }
  return startable;
}

}  // namespace flywheel
