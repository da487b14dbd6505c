// Messages of the worker protocol to and from the records that task directories hold. Both have the
// same JSON form, and that is the way they take here.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "base/records/task.h"
#include "base/result.h"
#include "flywheel/v1/worker_service.pb.h"

namespace flywheel {

Result<TaskSpec> FromMessage(const v1::TaskSpec& message);
Result<v1::TaskResult> ToMessage(const TaskResult& result);
// Numbers that JSON does not have arrive as they are: it is telemetry.
Result<v1::TaskProgress> ToMessage(const TaskProgress& progress);

// A file of protobuf JSON with proto field names, replaced as a whole, read strictly.
Status WriteMessageFile(const std::string& path, const google::protobuf::Message& message);
Status ReadMessageFile(const std::string& path, google::protobuf::Message* message);

}  // namespace flywheel
