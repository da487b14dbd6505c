#include "tests/sim/witness.h"

#include <fmt/format.h>

#include "orchestrator/core/apply.h"

namespace flywheel {
namespace {

void Fail(const std::string& what) { throw SimFailure(what); }

}  // namespace

void Witness::Recovered(TimeMs now) {
  CatchUp(Of::kAnEarlierLife);
  boot_ms_ = now;
  now_ms_ = now;
  heard_.clear();
}

void Witness::Booted(Loop& loop) {
  AfterTurn(*loop.snapshot());
  auto watcher = loop.hub().Subscribe({.campaign = 0,
                                       .after_seq = watched_seq_,
                                       .progress = ProgressWish::kWithout,
                                       .on_ready = {}},
                                      *loop.snapshot());
  if (!watcher.ok()) Fail("events that were shown are gone: " + watcher.status().ToString());
  watcher_ = *watcher;
  Watch();
}

void Witness::Hears(const std::vector<LoopInput>& inbox, TimeMs now) {
  now_ms_ = now;
  for (const LoopInput& input : inbox) {
    const auto* observation = std::get_if<Observation>(&input);
    if (observation == nullptr) continue;
    if (const auto* connected = std::get_if<WorkerConnected>(observation)) {
      Heard& heard = heard_[connected->hello.worker];
      if (connected->connection >= heard.connection) heard = {connected->connection, now};
    } else if (const auto* beat = std::get_if<WorkerHeard>(observation)) {
      const auto heard = heard_.find(beat->worker);
      if (heard == heard_.end() || heard->second.connection != beat->connection) continue;
      heard->second.at_ms = now;
    }
  }
}

void Witness::AfterTurn(const LoopState& live) {
  const size_t events = CatchUp();
  if (events > 0 && !SameHistory(durable_, live)) Fail("replay differs from what was lived");
  Watch();
}

void Witness::Dies(const LoopState& live) {
  CatchUp();
  if (!SameHistory(durable_, live)) Fail("replay differs from what was lived when it died");
  watcher_.reset();
}

void Witness::Snapshotted(const LoopState& state) {
  if (state.last_seq > static_cast<int64_t>(journal_.acknowledged().size())) {
    Fail(fmt::format("a snapshot shows event {}, which is not durable", state.last_seq));
  }
}

void Witness::Assigned(const WorkerAddress& to, const AttemptId& id, int64_t fencing_token) {
  CatchUp();
  const Attempt* attempt = Find(id);
  if (attempt == nullptr || attempt->state != AttemptState::kRunning ||
      attempt->worker != to.worker || attempt->fencing_token != fencing_token) {
    Fail(fmt::format("{} is told to run {} with token {}, of which the journal does not know",
                     to.worker, ToString(id), fencing_token));
  }
}

void Witness::Acknowledged(const WorkerLink::Acknowledgement& said,
                           const AttemptFinished& finished) {
  if (!said.accepted) return;
  CatchUp();
  const Attempt* attempt = Find(said.attempt);
  if (attempt == nullptr) return Fail(ToString(said.attempt) + " is accepted, but unknown");
  if (attempt->fencing_token != finished.fencing_token) {
    Fail(fmt::format("{} is accepted with token {}, but has {}", ToString(said.attempt),
                     finished.fencing_token, attempt->fencing_token));
  }
  const auto* result = std::get_if<Shared<TaskResult>>(&finished.outcome);
  const auto state = result == nullptr ? AttemptState::kFailed : AttemptState::kSucceeded;
  if (attempt->state != state) {
    Fail(ToString(said.attempt) + " is accepted, but the journal does not hold its end");
  }
  const Task* task = durable_.Find(said.attempt.task.campaign)->FindTask(said.attempt.task);
  if (result != nullptr && *task->result != *result) {
    Fail(ToString(said.attempt) + " is accepted, but another result counts");
  }
}

void Witness::Replied(const CampaignState& reply) {
  CatchUp();
  const CampaignState* campaign = durable_.Find(reply.id);
  if (campaign == nullptr || *campaign != reply) {
    Fail(fmt::format("c{} is shown to who asked as the journal does not have it", reply.id));
  }
}

void Witness::Overlap(const AttemptId& mine, const AttemptId& other) {
  const auto given_up = [this](const AttemptId& id) {
    const Attempt* attempt = Find(id);
    return attempt != nullptr && attempt->state != AttemptState::kRunning;
  };
  if (given_up(mine) || given_up(other)) return;
  Fail(
      fmt::format("{} begins while {} runs and was not given up", ToString(mine), ToString(other)));
}

size_t Witness::CatchUp(Of life) {
  const size_t before = taken_;
  const std::vector<Event>& events = journal_.acknowledged();
  for (; taken_ < events.size(); ++taken_) {
    const Event& event = events[taken_];
    if (const std::string wrong = history_.Take(event); !wrong.empty()) Fail(wrong);
    const auto* failed = std::get_if<AttemptFailed>(&event.kind);
    if (failed != nullptr && life == Of::kThisLife) CheckLease(event, *failed);
    Apply(durable_, event);
    if (std::holds_alternative<AttemptSucceeded>(event.kind)) CheckArtifacts(event.campaign);
  }
  return taken_ - before;
}

// Attempts of one task never overlap within a lease: one that really runs is given up only when its
// worker was silent for a lease, or when it ran past its time limit.
void Witness::CheckLease(const Event& event, const AttemptFailed& failed) const {
  // Of a campaign that is ending, no further attempt follows.
  if (failed.kind == FailureKind::kStopped || !failed.retry_ms) return;
  const Attempt* attempt = Find(failed.attempt);
  const auto runs_ms =
      attempt == nullptr ? std::nullopt : runs_for_ms(attempt->worker, failed.attempt);
  if (!runs_ms) return;
  const TaskLimits& limits =
      durable_.Find(event.campaign)->FindTask(failed.attempt.task)->spec->limits;
  if (limits.time_limit_s > 0 && *runs_ms > SecondsToMs(limits.time_limit_s)) return;
  const auto heard = heard_.find(attempt->worker);
  const TimeMs silent_since = heard == heard_.end() ? boot_ms_ : heard->second.at_ms;
  if (now_ms_ - silent_since >= LoopConfig{}.lease_ms) return;
  Fail(fmt::format("event {}: {} is given up ({}) while it runs, {} ms after {} was heard",
                   event.seq, ToString(failed.attempt), failed.reason, now_ms_ - silent_since,
                   attempt->worker));
}

void Witness::CheckArtifacts(int64_t id) const {
  std::set<std::string> names;
  for (const ArtifactRef& artifact : durable_.Find(id)->artifacts) {
    if (names.insert(artifact.name).second) continue;
    Fail(fmt::format("c{}: {} is committed twice", id, artifact.name));
  }
}

// Everything a watcher is shown is durable, in order and without gaps, over all lives.
void Witness::Watch() {
  if (watcher_ == nullptr) return;
  while (true) {
    const auto batch = watcher_->Take();
    if (!batch.ok()) Fail("the watcher is cut off: " + batch.status().ToString());
    if (batch->items.empty()) return;
    for (const WatchItem& item : batch->items) {
      const Event& event = std::get<Event>(item);
      if (event.seq != ++watched_seq_) Fail(fmt::format("event {} is shown next", event.seq));
      const auto index = static_cast<size_t>(event.seq) - 1;
      if (index < journal_.acknowledged().size() && journal_.acknowledged()[index] == event) {
        continue;
      }
      Fail(fmt::format("event {} is shown, but not durable", event.seq));
    }
  }
}

const Attempt* Witness::Find(const AttemptId& id) const {
  const CampaignState* campaign = durable_.Find(id.task.campaign);
  const Task* task = campaign == nullptr ? nullptr : campaign->FindTask(id.task);
  if (task == nullptr || id.attempt < 1) return nullptr;
  const auto index = static_cast<size_t>(id.attempt) - 1;
  return index < task->attempts.size() ? &task->attempts[index] : nullptr;
}

}  // namespace flywheel
