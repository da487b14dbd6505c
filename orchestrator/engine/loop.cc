#include "orchestrator/engine/loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/core/apply.h"

namespace flywheel {
namespace {

constexpr TimeMs kFullDiskRetryMs = 1000;

void Restore(LoopState& state, const SavedState& saved) {
  state.last_time_ms = saved.last_time_ms;
  state.last_fencing_token = saved.last_fencing_token;
  for (const auto& [id, campaign] : saved.campaigns) {
    if (campaign.ok()) {
      RestoreCampaign(state, *campaign);
    } else {
      ApplyUnreadable(state, saved.seq, id, campaign.status().message());
    }
  }
  state.last_campaign = saved.last_campaign;
  state.last_seq = saved.seq;
}

}  // namespace

// A turn while it is being thought through. Nothing of it is visible outside.
struct Loop::Turn {
  Draft draft;
  TimeMs now = 0;
  std::vector<ProgressNote> notes = {};
  std::vector<WorkerLink::Acknowledgement> acknowledgements = {};
  struct Answer {
    CommandReply reply;
    Status status;
    int64_t campaign = 0;
  };
  std::vector<Answer> answers = {};
};

Loop::Loop(LoopPorts ports, LoopConfig config) : ports_(ports), hub_(ports.journal) {
  auto state = std::make_shared<LoopState>();
  state->config = std::move(config);
  snapshot_ = std::move(state);
}

Status Loop::Boot() {
  auto state = std::make_shared<LoopState>(*snapshot_);
  FW_ASSIGN(const SavedState saved, ports_.journal->LoadState());
  Restore(*state, saved);
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
  state->behind_ms = behind_ms_;
  agenda_ = Agenda(*state);
  snapshot_ = std::move(state);
  return TakeTurn({}).status();
}

Loop::Turn Loop::BeginTurn() {
  const TimeMs now = Now();
  return {.draft = Draft(*snapshot_, std::exchange(agenda_, Agenda()), now), .now = now};
}

void Loop::TakeCommand(Turn& turn, SubmittedCommand& submitted) {
  const Result<int64_t> campaign = Decide(turn.draft, submitted.command);
  turn.answers.push_back({.reply = std::move(submitted.reply),
                          .status = campaign.status(),
                          .campaign = campaign.ok() ? *campaign : 0});
}

void Loop::TakeObservation(Turn& turn, const Observation& observation) {
  Observe(turn.draft.seen(), observation, turn.now);
  if (const auto* progressed = std::get_if<AttemptProgressed>(&observation)) {
    const CampaignState* campaign = turn.draft.state().Find(progressed->attempt.task.campaign);
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
  const Status decided = Decide(turn.draft, observation).status();
  turn.acknowledgements.push_back({.worker = finished->worker,
                                   .attempt = finished->attempt,
                                   .fencing_token = finished->fencing_token,
                                   .accepted = decided.ok(),
                                   .reason = decided.message()});
}

Result<std::optional<TimeMs>> Loop::TakeTurn(std::vector<LoopInput> inbox) {
  Turn turn = BeginTurn();
  for (const auto& [attempt, finished] : unwritten_) TakeObservation(turn, finished);
  for (LoopInput& input : inbox) {
    if (auto* submitted = std::get_if<SubmittedCommand>(&input)) {
      TakeCommand(turn, *submitted);
    } else {
      TakeObservation(turn, std::get<Observation>(input));
    }
  }
  ForgetSilent(turn.draft.seen(), turn.now);
  (void)Decide(turn.draft, Tick{});
  if (!turn.draft.events().empty()) {
    const Status durable =
        ports_.journal->Append(turn.draft.events()).WithContext("writing the journal");
    if (durable.code() == StatusCode::kResourceExhausted) {
      return WaitForRoom(turn, inbox, durable);
    }
    if (!durable.ok()) {
      // Whether the batch reached the disk is not known: only a replay can tell.
      for (Turn::Answer& answer : turn.answers) answer.reply(durable);
      return durable;
    }
  }
  unwritten_.clear();
  Show(turn);
  return Reconcile(turn.now);
}

// The disk is full: nothing of the turn is kept but what was seen. Who asked is told, results are
// said again by their workers, and the next turn tries anew.
std::optional<TimeMs> Loop::WaitForRoom(const Turn& turn, const std::vector<LoopInput>& inbox,
                                        const Status& full) {
  for (const Turn::Answer& answer : turn.answers) answer.reply(full);
  agenda_ = Agenda(*snapshot_);  // what was thought is forgotten
  Turn seen = BeginTurn();
  for (const LoopInput& input : inbox) {
    const auto* observation = std::get_if<Observation>(&input);
    if (observation == nullptr) continue;
    if (const auto* finished = std::get_if<AttemptFinished>(observation)) {
      unwritten_.insert_or_assign({finished->attempt, finished->fencing_token}, *finished);
      continue;
    }
    Observe(seen.draft.seen(), *observation, seen.now);
  }
  seen.draft.seen().disk_low = full.message();
  Show(seen);
  (void)Reconcile(turn.now);
  return turn.now + kFullDiskRetryMs - behind_ms_;
}

// Everything that was decided is durable: now the world may see it.
void Loop::Show(Turn& turn) {
  const Snapshot before = snapshot_;
  agenda_ = turn.draft.TakeAgenda();
  snapshot_ = std::make_shared<const LoopState>(turn.draft.TakeState());
  if (on_snapshot_) on_snapshot_(snapshot_);
  hub_.Publish(turn.draft.events());
  for (const ProgressNote& note : turn.notes) hub_.Publish(note);
  for (Turn::Answer& answer : turn.answers) {
    if (answer.status.ok()) {
      const Shared<CampaignState>* now = snapshot_->campaigns.Find(answer.campaign);
      // One that was deleted is answered as it was.
      answer.reply(now != nullptr ? *now : *before->campaigns.Find(answer.campaign));
    } else {
      answer.reply(answer.status);
    }
  }
  for (const auto& acknowledgement : turn.acknowledgements)
    ports_.link->Acknowledge(acknowledgement);
}

std::optional<TimeMs> Loop::Reconcile(TimeMs now) {
  const Wants wants = Outstanding(*snapshot_, agenda_, now);
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
      TaskSpec task = want.task;
      task.attempt = ToString(want.attempt);
      ports_.link->Assign({want.worker, want.connection}, task, want.fencing_token);
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
