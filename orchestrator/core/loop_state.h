// Everything the loop decides on: the campaigns (durable, a function of the journal) and the
// workers (as seen in this life of the daemon, forgotten with it).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/core/campaign_table.h"
#include "orchestrator/core/config.h"
#include "orchestrator/core/input.h"
#include "orchestrator/core/shared.h"

namespace flywheel {

// An attempt that occupies a worker.
struct Holding {
  int64_t fencing_token = 0;
  TimeMs reported_ms = 0;  // when the worker last said so, or when it was assigned
  bool reported = false;   // the worker has said so at all
  TaskProgress progress;
  bool operator==(const Holding&) const = default;
};

struct WorkerState {
  WorkerHello hello;  // its running and finished are kept in `holding` instead
  int64_t connection = 0;
  bool connected = false;
  TimeMs heard_ms = 0;  // last sign of life
  std::string ended;    // why its process is gone for certain; empty while it may live
  std::map<AttemptId, Holding> holding;
  bool operator==(const WorkerState&) const = default;
};

// A connected worker that is silent loses its attempts after one lease; what they used on its host
// is given out again after this many, when whatever ran there is taken to be dead.
inline constexpr int64_t kLeasesToForget = 5;

struct LoopState {
  // ---- durable: changed by Apply
  int64_t last_seq = 0;
  TimeMs last_time_ms = 0;
  int64_t last_campaign = 0;
  int64_t last_fencing_token = 0;
  CampaignTable campaigns;
  Shared<std::map<std::string, int64_t>> requests;  // request_id -> campaign

  // ---- of this life: changed by Observe and Forget, `holding` also by AttemptStarted
  LoopConfig config;
  TimeMs boot_ms = 0;    // leases of workers that were not heard yet count from here
  TimeMs behind_ms = 0;  // how far the machine's clock is behind the times used here
  std::map<std::string, WorkerState> workers;
  // Why nothing may begin: too little room on the disk. Empty: there is room.
  std::string disk_low;

  // Null when there is none.
  const CampaignState* Find(int64_t campaign) const;
  // The campaign that is not final and has this name, or null.
  const CampaignState* FindLive(std::string_view display_name) const;
};

// Equal campaigns, counters and requests: what replay must restore.
bool SameHistory(const LoopState& a, const LoopState& b);

// The worker and its attempt, as ListWorkers shows it: the first attempt it holds, or "".
std::string HeldAttemptName(const WorkerState& worker);

}  // namespace flywheel
