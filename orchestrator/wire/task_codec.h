// Tasks and their results (base/records/task.h) to and from task.proto, field for field, and points
// of time to protobuf's Timestamp.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "base/records/task.h"
#include "flywheel/v1/task.pb.h"
#include "orchestrator/core/time.h"

namespace flywheel {

google::protobuf::Timestamp ToTimestamp(TimeMs time_ms);
TimeMs FromTimestamp(const google::protobuf::Timestamp& time);

v1::Resources ToProto(const Resources& value);
v1::TaskLimits ToProto(const TaskLimits& value);
v1::TaskSpec ToProto(const TaskSpec& value);
v1::TaskResult ToProto(const TaskResult& value);
v1::TaskProgress ToProto(const TaskProgress& value);

// The same into an empty message, which may lie on an arena.
void Write(const TaskSpec& value, v1::TaskSpec& message);
void Write(const TaskResult& value, v1::TaskResult& message);

Resources FromProto(const v1::Resources& message);
TaskLimits FromProto(const v1::TaskLimits& message);
TaskSpec FromProto(const v1::TaskSpec& message);
TaskResult FromProto(const v1::TaskResult& message);
TaskProgress FromProto(const v1::TaskProgress& message);

}  // namespace flywheel
