// The journal of the fake world with what it lies on: it outlives the daemons that write it. Knows
// what was acknowledged, and finds out after a crash whether that is still there. In memory, or
// the real one on a disk whose power is cut.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/store/sqlite_journal.h"
#include "tests/sim/sim_faults.h"
#include "tests/support/fake_journal.h"
#include "tests/support/power_cut_vfs.h"

namespace flywheel {

class SimJournal : public Journal {
 public:
  SimJournal(Storage storage, uint64_t seed);

  // A daemon's life begins. DATA_LOSS: something acknowledged is missing or changed, or more is
  // there than the one batch whose answer was not seen. RESOURCE_EXHAUSTED: the disk is full.
  Status Open();
  // It ends, its machine with it or not; what was written and not synced may be lost.
  void Crash();
  // The next append dies so (kTorn or kAnswerLost); kNone takes it back.
  void Arm(Death death);
  void SetFull(bool full);
  // Its disk has lost its power, with or without an append that failed of it.
  bool cut() const { return disk_ && disk_->cut(); }
  // Called before every append.
  std::function<void()> on_append;

  // What the daemons know to be durable; of an append that failed only after the next Open.
  const std::vector<Event>& acknowledged() const { return acknowledged_; }

  Status Append(std::span<const Event> events) override;
  Result<SavedState> LoadState() override { return now().LoadState(); }
  // May die in it like an append.
  Status Compact(const LoopState& state, TimeMs ended_before) override;
  int64_t compacted_seq() const override { return now().compacted_seq(); }
  Status Replay(const std::function<Status(const JournalEntry&)>& visit) override;
  Result<std::vector<Event>> Read(const EventQuery& query) override;
  int64_t last_seq() const override;

 private:
  Status AppendTo(std::span<const Event> events, Death death);
  Status CheckAcknowledged() const;
  const Journal& now() const { return disk_ ? static_cast<const Journal&>(*sqlite_) : memory_; }
  Journal& now() { return disk_ ? static_cast<Journal&>(*sqlite_) : memory_; }

  FakeJournal memory_;
  std::unique_ptr<PowerCutDisk> disk_;  // null: in memory
  std::unique_ptr<SqliteJournal> sqlite_;
  Rng rng_;
  Death armed_ = Death::kNone;
  bool full_ = false;
  std::vector<Event> acknowledged_;
  std::vector<Event> doubtful_;  // the batch whose answer was not seen
};

}  // namespace flywheel
