#include "orchestrator/engine/loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/core/apply.h"

namespace flywheel {
namespace {

constexpr TimeMs kFullDiskRetryMs = 1000;

}  // namespace

// A turn while it is being thought through. Nothing of it is visible outside.
struct Loop::Turn {
  LoopState state;
  TimeMs now = 0;
  std::vector<Event> events;
  std::vector<ProgressNote> notes;
  std::vector<WorkerLink::Acknowledgement> acknowledgements;
  struct Answer {
    CommandReply reply;
    Status status;
    int64_t campaign = 0;
  };
  std::vector<Answer> answers;

  // False: the input was refused.
  Result<Decision> Think(const Input& input) {
    Result<Decision> decision = Decide(state, input, now);
    if (!decision.ok()) return decision;
    for (const Event& event : decision->events) {
      Apply(state, event);
      events.push_back(event);
    }
    return decision;
  }
};

Loop::Loop(LoopPorts ports, LoopConfig config) : ports_(ports), hub_(ports.journal) {
  auto state = std::make_shared<LoopState>();
  state->config = std::move(config);
  snapshot_ = std::move(state);
}

Status Loop::Boot() {
  auto state = std::make_shared<LoopState>(*snapshot_);
  FW_TRY(ports_.journal
             ->Replay([&](const JournalEntry& entry) {
               if (entry.event.ok()) {
                 Apply(*state, *entry.event);
               } else {
                 ApplyUnreadable(*state, entry.seq, entry.campaign, entry.event.status().message());
               }
               return OkStatus();
             })
             .WithContext("replaying the journal"));
  behind_ms_ = std::max<TimeMs>(0, state->last_time_ms - ports_.clock->Now());
  state->boot_ms = Now();
  snapshot_ = std::move(state);
  return TakeTurn({}).status();
}

void Loop::TakeCommand(Turn& turn, SubmittedCommand& submitted) {
  const Result<Decision> decision = turn.Think(submitted.command);
  turn.answers.push_back({.reply = std::move(submitted.reply),
                          .status = decision.status(),
                          .campaign = decision.ok() ? decision->campaign : 0});
}

void Loop::TakeObservation(Turn& turn, const Observation& observation) {
  Observe(turn.state, observation, turn.now);
  if (const auto* progressed = std::get_if<AttemptProgressed>(&observation)) {
    const CampaignState* campaign = turn.state.Find(progressed->attempt.task.campaign);
    const Task* task = campaign == nullptr ? nullptr : campaign->FindTask(progressed->attempt.task);
    const Attempt* running = task == nullptr ? nullptr : task->running();
    if (running == nullptr || running->fencing_token != progressed->fencing_token) return;
    turn.notes.push_back({.attempt = progressed->attempt,
                          .worker = progressed->worker,
                          .progress = progressed->progress,
                          .start_ms = running->start_ms});
    return;
  }
  const auto* finished = std::get_if<AttemptFinished>(&observation);
  if (finished == nullptr) return;
  const Result<Decision> decision = turn.Think(observation);
  turn.acknowledgements.push_back({.worker = finished->worker,
                                   .attempt = finished->attempt,
                                   .fencing_token = finished->fencing_token,
                                   .accepted = decision.ok(),
                                   .reason = decision.ok() ? "" : decision.status().message()});
}

Result<std::optional<TimeMs>> Loop::TakeTurn(std::vector<LoopInput> inbox) {
  Turn turn;
  turn.state = *snapshot_;
  turn.now = Now();
  for (LoopInput& input : inbox) {
    if (auto* submitted = std::get_if<SubmittedCommand>(&input)) {
      TakeCommand(turn, *submitted);
    } else {
      TakeObservation(turn, std::get<Observation>(input));
    }
  }
  ForgetSilent(turn.state, turn.now);
  (void)turn.Think(Tick{});
  if (!turn.events.empty()) {
    const Status durable = ports_.journal->Append(turn.events).WithContext("writing the journal");
    if (durable.code() == StatusCode::kResourceExhausted) {
      return WaitForRoom(turn, inbox, durable);
    }
    if (!durable.ok()) {
      // Whether the batch reached the disk is not known: only a replay can tell.
      for (Turn::Answer& answer : turn.answers) answer.reply(durable);
      return durable;
    }
  }
  Show(std::move(turn));
  return Reconcile();
}

// The disk is full: nothing of the turn is kept but what was seen. Who asked is told, results are
// said again by their workers, and the next turn tries anew.
std::optional<TimeMs> Loop::WaitForRoom(const Turn& turn, const std::vector<LoopInput>& inbox,
                                        const Status& full) {
  for (const Turn::Answer& answer : turn.answers) answer.reply(full);
  Turn seen;
  seen.state = *snapshot_;
  seen.now = turn.now;
  for (const LoopInput& input : inbox) {
    const auto* observation = std::get_if<Observation>(&input);
    if (observation == nullptr || std::holds_alternative<AttemptFinished>(*observation)) continue;
    Observe(seen.state, *observation, seen.now);
  }
  seen.state.disk_low = full.message();
  Show(std::move(seen));
  (void)Reconcile();
  return turn.now + kFullDiskRetryMs - behind_ms_;
}

// Everything that was decided is durable: now the world may see it.
void Loop::Show(Turn turn) {
  const Snapshot before = snapshot_;
  snapshot_ = std::make_shared<const LoopState>(std::move(turn.state));
  if (on_snapshot_) on_snapshot_(snapshot_);
  hub_.Publish(turn.events);
  for (const ProgressNote& note : turn.notes) hub_.Publish(note);
  for (Turn::Answer& answer : turn.answers) {
    if (answer.status.ok()) {
      const auto now = snapshot_->campaigns.find(answer.campaign);
      // One that was deleted is answered as it was.
      answer.reply(now != snapshot_->campaigns.end() ? now->second
                                                     : before->campaigns.at(answer.campaign));
    } else {
      answer.reply(answer.status);
    }
  }
  for (const auto& acknowledgement : turn.acknowledgements)
    ports_.link->Acknowledge(acknowledgement);
}

std::optional<TimeMs> Loop::Reconcile() {
  const Wants wants = Outstanding(*snapshot_, Now());
  // Stops first: a worker that must let go of one attempt may be the one that gets another.
  Said cancelled;
  for (const StopWant& want : wants.stop) {
    const auto key = std::make_tuple(want.connection, want.attempt, want.fencing_token);
    if (!cancelled_.contains(key)) {
      ports_.link->Cancel({want.worker, want.connection}, want.attempt, want.fencing_token);
    }
    cancelled.insert(key);
  }
  Said assigned;
  for (const RunWant& want : wants.run) {
    const auto key = std::make_tuple(want.connection, want.attempt, want.fencing_token);
    if (!assigned_.contains(key)) {
      ports_.link->Assign({want.worker, want.connection}, want.task, want.fencing_token);
    }
    assigned.insert(key);
  }
  cancelled_ = std::move(cancelled);
  assigned_ = std::move(assigned);
  ports_.executor->EnsureWorkers(wants.workers);
  if (!wants.wake_ms) return std::nullopt;
  return *wants.wake_ms - behind_ms_;
}

}  // namespace flywheel
