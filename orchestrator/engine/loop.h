// Loop: the turn. Takes the whole inbox, decides and applies each input on a working copy, makes
// everything durable at once, and only then shows it: snapshot, watchers, replies, workers. Knows
// no threads and no sockets: host.h runs it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/decide.h"
#include "orchestrator/core/outstanding.h"
#include "orchestrator/engine/event_hub.h"
#include "orchestrator/engine/worker_link.h"
#include "orchestrator/ports/clock.h"
#include "orchestrator/ports/executor.h"
#include "orchestrator/ports/journal.h"

namespace flywheel {

using Snapshot = std::shared_ptr<const LoopState>;

// The campaign as it is after the command became durable.
using CommandReply = std::function<void(Result<Shared<CampaignState>>)>;

struct SubmittedCommand {
  Command command;
  CommandReply reply;  // called once, on the loop's thread; must not block
};

using LoopInput = std::variant<SubmittedCommand, Observation>;

// All outlive the loop.
struct LoopPorts {
  Journal* journal = nullptr;
  Executor* executor = nullptr;
  WorkerLink* link = nullptr;
  Clock* clock = nullptr;
};

class Loop {
 public:
  Loop(LoopPorts ports, LoopConfig config);

  // Replays the journal and takes the first turn. Fails when the journal cannot be read or written.
  Status Boot();

  // One turn. A failure means that nothing of it was kept and that the daemon must end; replies get
  // the failure. A full disk is none: replies get RESOURCE_EXHAUSTED, nothing is kept but what was
  // seen of the world, and it goes on when there is room. Returns when to take the next turn if
  // nothing arrives.
  Result<std::optional<TimeMs>> TakeTurn(std::vector<LoopInput> inbox);

  const Snapshot& snapshot() const { return snapshot_; }
  // Called with every new snapshot, before anybody is told of what it holds.
  void OnSnapshot(std::function<void(const Snapshot&)> observer) {
    on_snapshot_ = std::move(observer);
  }
  EventHub& hub() { return hub_; }

 private:
  struct Turn;
  Turn BeginTurn();
  void TakeCommand(Turn& turn, SubmittedCommand& submitted);
  void TakeObservation(Turn& turn, const Observation& observation);
  std::optional<TimeMs> WaitForRoom(const Turn& turn, const std::vector<LoopInput>& inbox,
                                    const Status& full);
  TimeMs Now() const { return ports_.clock->Now() + behind_ms_; }
  void Show(Turn& turn);
  std::optional<TimeMs> Reconcile(TimeMs now);

  // What was said to a worker already and is still wanted: its stream, the attempt, its token.
  using Said = std::set<std::tuple<int64_t, AttemptId, int64_t>>;

  LoopPorts ports_;
  // How far the machine's clock is behind the journal, where it was set back since: time goes on
  // from the last event, or nothing would be due until the clock has caught up.
  TimeMs behind_ms_ = 0;
  // Results that found no room on the disk: said again by the loop itself, at the head of each
  // turn, so that none is lost while its worker waits to repeat it.
  std::map<std::pair<AttemptId, int64_t>, AttemptFinished> unwritten_;
  Snapshot snapshot_;
  Agenda agenda_;  // the snapshot's
  std::function<void(const Snapshot&)> on_snapshot_;
  EventHub hub_;
  Said assigned_;
  Said cancelled_;
};

}  // namespace flywheel
