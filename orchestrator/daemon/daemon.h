// flywheeld put together: state directory, journal, loop, executor and server, from start to a
// clean end. Wiring only: everything that decides lies elsewhere.
#pragma once

#include <optional>

#include "base/status.h"
#include "flywheel/v1/daemon_config.pb.h"
#include "orchestrator/daemon/listen_address.h"
#include "orchestrator/store/state_dir.h"

namespace flywheel {

// What becomes of local workers at the end: a later daemon adopts those that are left.
enum class WorkersAtEnd { kLeave, kStop };

struct DaemonOptions {
  IfOwned if_owned = IfOwned::kRefuse;
  WorkersAtEnd workers = WorkersAtEnd::kLeave;
  // Where /healthz and /readyz are answered; absent: nowhere.
  std::optional<ListenAddress> http = {};
};

// Runs until SIGTERM or SIGINT, then returns OK; or until the journal fails, or returns at once
// with what keeps it from starting. `config` is complete (config.h). Call it before any thread
// exists: it blocks those signals for all of them.
Status RunDaemon(const v1::DaemonConfig& config, const DaemonOptions& options);

}  // namespace flywheel
