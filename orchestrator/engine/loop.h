// Loop: the turn. Takes the whole inbox, decides and applies each input on a working copy, makes
// everything durable at once, and only then shows it: snapshot, watchers, replies, workers. Knows
// no threads and no sockets: host.h runs it.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <tuple>
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

  // One turn. A failure means that nothing of it was kept and that the daemon must end: replies get
  // the failure. Returns when to take the next one if nothing arrives.
  Result<std::optional<TimeMs>> Turn(std::vector<LoopInput> inbox);

  Snapshot snapshot() const { return snapshot_; }
  EventHub& hub() { return hub_; }

 private:
  struct Draft;
  void Take(Draft& draft, LoopInput& input);
  void TakeCommand(Draft& draft, SubmittedCommand& submitted);
  void TakeObservation(Draft& draft, Observation& observation);
  void Keep(Draft& draft, const std::vector<Event>& events);
  void Quarantine(Draft& draft);
  std::optional<TimeMs> Reconcile();
  void Forget(const Wants& wants);

  // What was said to a worker already: its stream, the attempt, its token.
  using Said = std::set<std::tuple<int64_t, AttemptId, int64_t>>;

  LoopPorts ports_;
  Snapshot snapshot_;
  EventHub hub_;
  Said assigned_;
  Said cancelled_;
};

}  // namespace flywheel
