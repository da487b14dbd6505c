// What the core decides on: commands of people, observations of workers and executors, and the
// passing of time.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/records/task.h"
#include "orchestrator/core/shared.h"
#include "orchestrator/core/spec.h"

namespace flywheel {

// ---- commands

struct CreateCampaign {
  CampaignSpec spec;
  std::string request_id;      // empty: never the same as another
  std::string request_digest;  // of the spec as it was asked for
};
struct PauseCampaign {
  int64_t campaign = 0;
  std::string etag;  // empty: whatever is there
  bool now = false;  // stop what runs, too
};
struct ResumeCampaign {
  int64_t campaign = 0;
  std::string etag;
};
struct CancelCampaign {
  int64_t campaign = 0;
  std::string etag;
};
struct DeleteCampaign {
  int64_t campaign = 0;
  std::string etag;
};
// What the task made is damaged or gone.
struct RerunTask {
  TaskId task;
};
using Command = std::variant<CreateCampaign, PauseCampaign, ResumeCampaign, CancelCampaign,
                             DeleteCampaign, RerunTask>;

// ---- observations

struct HeldAttempt {
  AttemptId attempt;
  int64_t fencing_token = 0;
  bool operator==(const HeldAttempt&) const = default;
};

// Hello of worker_service.proto.
struct WorkerHello {
  std::string worker;
  std::string host;
  int32_t cpus = 0;
  int32_t memory_mb = 0;           // 0: unknown
  std::vector<std::string> kinds;  // empty: all
  int64_t pid = 0;
  std::string version;
  std::vector<HeldAttempt> running;
  std::vector<HeldAttempt> finished;
  bool operator==(const WorkerHello&) const = default;
};

// A worker said hello. `connection` numbers the streams of this daemon's life; what is said about
// an older stream of the same worker is stale.
struct WorkerConnected {
  WorkerHello hello;
  int64_t connection = 0;
};
// A heartbeat: alive, and holding these.
struct WorkerHeard {
  std::string worker;
  int64_t connection = 0;
  std::vector<HeldAttempt> running;
};
// The stream broke. The worker may come back until its lease is over.
struct WorkerDisconnected {
  std::string worker;
  int64_t connection = 0;
};
// The worker's process is gone for certain: whoever started it saw it end.
struct WorkerEnded {
  std::string worker;
  std::string reason;
};
// Telemetry: never journaled.
struct AttemptProgressed {
  std::string worker;
  AttemptId attempt;
  int64_t fencing_token = 0;
  TaskProgress progress;
};

// Failure of worker_service.proto.
struct AttemptFailure {
  int32_t exit_code = 0;
  int32_t signal = 0;
  std::string reason;
  bool infrastructure = false;
  bool cancelled = false;
  std::vector<std::string> damaged_inputs = {};  // digests
};
// Repeated by the worker until it is acknowledged.
struct AttemptFinished {
  std::string worker;
  AttemptId attempt;
  int64_t fencing_token = 0;
  std::variant<Shared<TaskResult>, AttemptFailure> outcome;
  double seconds = 0;
  double peak_rss_mb = 0;
};
// How much room the disk has that the state lies on. `low`: too little to begin anything.
struct DiskSeen {
  int64_t free_mb = 0;
  bool low = false;
};
using Observation = std::variant<WorkerConnected, WorkerHeard, WorkerDisconnected, WorkerEnded,
                                 AttemptProgressed, AttemptFinished, DiskSeen>;

// Time passed; deadlines may be due.
struct Tick {};

using Input = std::variant<Command, Observation, Tick>;

}  // namespace flywheel
