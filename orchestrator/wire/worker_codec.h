// Messages of worker_service.proto as the core's observations, and what the loop tells workers as
// messages. A malformed message is INVALID_ARGUMENT and names the member.
#pragma once

#include <string>

#include "base/result.h"
#include "flywheel/v1/worker_service.pb.h"
#include "orchestrator/core/input.h"

namespace flywheel {

// Which stream of which worker a message came through.
struct MessageSource {
  std::string worker;
  int64_t connection = 0;
};

Result<WorkerConnected> FromProto(const v1::Hello& message, int64_t connection);
// Heartbeat, Progress or Finished; a second Hello is malformed.
Result<Observation> FromProto(const v1::WorkerMessage& message, const MessageSource& source);

v1::DaemonMessage AssignMessage(const TaskSpec& task, int64_t fencing_token);
v1::DaemonMessage CancelMessage(const AttemptId& attempt, int64_t fencing_token);
v1::DaemonMessage AcknowledgeMessage(const HeldAttempt& held, const Status& outcome);

}  // namespace flywheel
