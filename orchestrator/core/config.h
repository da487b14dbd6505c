// What the core knows about the installation it decides for. Set once at start, not journaled: what
// matters later is copied into events.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/core/spec.h"
#include "orchestrator/core/time.h"

namespace flywheel {

// What the executor can start workers on. All 0: it starts none, and nothing is known.
struct ExecutorCapacity {
  std::string host;  // as its workers say it in WorkerHello.host
  int32_t max_workers = 0;
  int32_t cpus = 0;
  int32_t memory_mb = 0;
  bool operator==(const ExecutorCapacity&) const = default;
};

struct LoopConfig {
  // A worker that is silent this long loses its attempt.
  TimeMs lease_ms = 60'000;
  ExecutorCapacity capacity;
  // What campaigns get that do not say; fields left 0 take the built-in value.
  StagePolicies stage_defaults;
  // How long after a campaign's end its events are kept.
  TimeMs keep_events_ms = 30LL * 24 * 3600 * 1000;
  bool operator==(const LoopConfig&) const = default;
};

}  // namespace flywheel
