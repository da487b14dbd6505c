// What the world outside was shown, and what must hold because of it: nothing is shown before it is
// durable, replay equals live, an artifact is committed once, an attempt is given up only when its
// lease is over. Throws SimFailure at the first thing that is not so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/engine/loop.h"
#include "tests/sim/history_check.h"
#include "tests/sim/sim_environment.h"
#include "tests/sim/sim_journal.h"

namespace flywheel {

class Witness {
 public:
  explicit Witness(const SimJournal& journal) : journal_(journal) {}

  // ---- of the daemon's lives
  // The journal was opened again, at this time of the daemon's clock.
  void Recovered(TimeMs now);
  // The loop has replayed it and taken its first turn.
  void Booted(Loop& loop);
  // A turn is to take these, at this time of the daemon's clock.
  void Hears(const std::vector<LoopInput>& inbox, TimeMs now);
  // It has taken them: everything it showed is looked at.
  void AfterTurn(const LoopState& live);
  // It is about to die. `live` is what it lived.
  void Dies(const LoopState& live);

  // ---- of what it says
  void Snapshotted(const LoopState& state);
  void Assigned(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token);
  void Acknowledged(const WorkerLink::Acknowledgement& said, const AttemptFinished& finished);
  void Replied(const CampaignState& reply);

  // ---- of the workers
  // For how long this worker has really been running this; nothing when it does not.
  std::function<std::optional<TimeMs>(const std::string& worker, const AttemptId& attempt)>
      runs_for_ms;
  // A worker begins `mine` beside one that runs `other`, of the same task.
  void Overlap(const AttemptId& mine, const AttemptId& other);

  // The campaigns as the acknowledged events alone make them.
  const LoopState& durable() const { return durable_; }

 private:
  enum class Of { kThisLife, kAnEarlierLife };
  // Takes the events that are new; how many those are.
  size_t CatchUp(Of life = Of::kThisLife);
  void CheckLease(const Event& event, const AttemptFailed& failed) const;
  void CheckArtifacts(int64_t campaign) const;
  void Watch();
  const Attempt* Find(const AttemptId& id) const;

  const SimJournal& journal_;
  size_t taken_ = 0;  // of the acknowledged events
  HistoryCheck history_;
  LoopState durable_;

  int64_t watched_seq_ = 0;  // over all lives
  std::shared_ptr<Subscription> watcher_;

  TimeMs now_ms_ = 0;  // of the daemon's clock, as of this turn
  TimeMs boot_ms_ = 0;
  struct Heard {
    int64_t connection = 0;
    TimeMs at_ms = 0;
  };
  std::map<std::string, Heard> heard_;  // in this life
};

}  // namespace flywheel
