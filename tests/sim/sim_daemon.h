// The daemon of the fake world, life after life: the real loop on a journal that outlives it, an
// inbox, a clock, and the ways to die. Who lives around it (workers, people) only delivers inputs
// and is told of its death.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/loop.h"
#include "tests/sim/sim_environment.h"
#include "tests/sim/sim_journal.h"
#include "tests/sim/witness.h"

namespace flywheel {

class SimDaemon {
 public:
  explicit SimDaemon(SimEnvironment& environment);

  // The first life.
  void Start(Executor& executor, WorkerLink& link);
  // Into the inbox; nothing happens while it is down.
  void Deliver(LoopInput input);

  bool up() const { return up_; }
  // It has died before what it says now can leave.
  bool muted() const { return muted_; }
  // Numbers its lives from 1.
  int64_t life() const { return life_; }
  // When what it says now leaves: a slow append holds it up.
  TimeMs says_ms() const { return std::max(environment_.now_ms(), busy_until_ms_); }

  // Of this life, or the last one.
  const LoopState& state() const { return *loop_->snapshot(); }
  const std::vector<Event>& events() const { return journal_.acknowledged(); }
  Witness& witness() { return witness_; }
  int crashes() const { return crashes_; }
  const std::string& last_death() const { return last_death_; }

  std::function<void()> on_death;
  // Called after every turn that was not its last.
  std::function<void(const LoopState&)> on_turn;

 private:
  // Its wall clock: held up by the disk, and now and then wrong when a life begins.
  struct WrongClock : Clock {
    explicit WrongClock(const SimDaemon& of) : daemon(of) {}
    TimeMs Now() const override { return daemon.says_ms() + offset_ms; }
    const SimDaemon& daemon;
    TimeMs offset_ms = 0;
  };

  void Boot();
  void BootAgain(TimeMs delay);
  void Turn();
  Death DeathOfTurn();
  // False: it has died of it.
  bool CompactNowAndThen();
  void WakeAt(TimeMs when);
  void Die(const std::string& how);
  void PlanFullDisk();
  void LookAtDisk();
  void CheckWake(std::optional<TimeMs> wake) const;

  SimEnvironment& environment_;
  SimJournal journal_;
  Witness witness_;
  WrongClock clock_;
  Executor* executor_ = nullptr;
  WorkerLink* link_ = nullptr;
  std::unique_ptr<Loop> loop_;

  bool up_ = false;
  bool muted_ = false;
  bool full_ = false;
  int64_t life_ = 0;
  TimeMs busy_until_ms_ = 0;
  std::vector<LoopInput> inbox_;
  std::optional<TimeMs> wake_ms_;
  int crashes_ = 0;
  size_t next_crash_ = 0;      // of the crash points
  uint64_t deadly_turns_ = 0;  // how far the ways to die have gone round
  std::string last_death_ = "never";
};

}  // namespace flywheel
