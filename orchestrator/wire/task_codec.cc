#include "orchestrator/wire/task_codec.h"

#include "orchestrator/wire/json_message.h"
#include "orchestrator/wire/summary_codec.h"

namespace flywheel {
namespace {

constexpr int64_t kMsPerSecond = 1000;
constexpr int32_t kNanosPerMs = 1'000'000;

}  // namespace

google::protobuf::Timestamp ToTimestamp(TimeMs time_ms) {
  google::protobuf::Timestamp time;
  time.set_seconds(time_ms / kMsPerSecond);
  time.set_nanos(static_cast<int32_t>(time_ms % kMsPerSecond) * kNanosPerMs);
  return time;
}

TimeMs FromTimestamp(const google::protobuf::Timestamp& time) {
  return time.seconds() * kMsPerSecond + time.nanos() / kNanosPerMs;
}

v1::Resources ToProto(const Resources& value) {
  v1::Resources message;
  message.set_cpus(value.cpus);
  message.set_memory_mb(value.memory_mb);
  return message;
}

Resources FromProto(const v1::Resources& message) {
  return {.cpus = message.cpus(), .memory_mb = message.memory_mb()};
}

v1::TaskLimits ToProto(const TaskLimits& value) {
  v1::TaskLimits message;
  message.set_time_limit_s(value.time_limit_s);
  message.set_stall_timeout_s(value.stall_timeout_s);
  message.set_grace_s(value.grace_s);
  return message;
}

TaskLimits FromProto(const v1::TaskLimits& message) {
  return {.time_limit_s = message.time_limit_s(),
          .stall_timeout_s = message.stall_timeout_s(),
          .grace_s = message.grace_s()};
}

v1::TaskSpec ToProto(const TaskSpec& value) {
  v1::TaskSpec message;
  Write(value, message);
  return message;
}

void Write(const TaskSpec& value, v1::TaskSpec& message) {
  message.set_attempt(value.attempt);
  message.set_kind(value.kind);
  for (const TaskInput& input : value.inputs) {
    v1::TaskInput& added = *message.add_inputs();
    added.set_name(input.name);
    added.set_digest(input.digest);
    added.set_path(input.path);
  }
  WriteStruct(value.parameters, *message.mutable_parameters());
  message.set_seed(value.seed);
  *message.mutable_resources() = ToProto(value.resources);
  *message.mutable_limits() = ToProto(value.limits);
}

TaskSpec FromProto(const v1::TaskSpec& message) {
  TaskSpec value;
  value.attempt = message.attempt();
  value.kind = message.kind();
  for (const auto& input : message.inputs()) {
    value.inputs.push_back({.name = input.name(), .digest = input.digest(), .path = input.path()});
  }
  value.parameters = StructToJson(message.parameters());
  value.seed = message.seed();
  value.resources = FromProto(message.resources());
  value.limits = FromProto(message.limits());
  return value;
}

v1::TaskResult ToProto(const TaskResult& value) {
  v1::TaskResult message;
  Write(value, message);
  return message;
}

void Write(const TaskResult& value, v1::TaskResult& message) {
  for (const TaskOutput& output : value.outputs) {
    v1::TaskOutput& added = *message.add_outputs();
    added.set_name(output.name);
    added.set_digest(output.digest);
    added.set_size(output.size);
  }
  message.mutable_metrics()->insert(value.metrics.begin(), value.metrics.end());
  if (value.prepare) *message.mutable_prepare() = ToProto(*value.prepare);
  if (value.evaluation) *message.mutable_evaluation() = ToProto(*value.evaluation);
  if (value.analysis) *message.mutable_analysis() = ToProto(*value.analysis);
  if (value.generation) *message.mutable_generation() = ToProto(*value.generation);
  if (value.training) *message.mutable_training() = ToProto(*value.training);
}

TaskResult FromProto(const v1::TaskResult& message) {
  TaskResult value;
  for (const auto& output : message.outputs()) {
    value.outputs.push_back(
        {.name = output.name(), .digest = output.digest(), .size = output.size()});
  }
  value.metrics.insert(message.metrics().begin(), message.metrics().end());
  if (message.has_prepare()) value.prepare = FromProto(message.prepare());
  if (message.has_evaluation()) value.evaluation = FromProto(message.evaluation());
  if (message.has_analysis()) value.analysis = FromProto(message.analysis());
  if (message.has_generation()) value.generation = FromProto(message.generation());
  if (message.has_training()) value.training = FromProto(message.training());
  return value;
}

v1::TaskProgress ToProto(const TaskProgress& value) {
  v1::TaskProgress message;
  message.set_fraction(value.fraction);
  message.set_message(value.message);
  message.mutable_metrics()->insert(value.metrics.begin(), value.metrics.end());
  message.set_rate(value.rate);
  message.set_unit(value.unit);
  message.set_eta_s(value.eta_s);
  return message;
}

TaskProgress FromProto(const v1::TaskProgress& message) {
  TaskProgress value;
  value.fraction = message.fraction();
  value.message = message.message();
  value.metrics.insert(message.metrics().begin(), message.metrics().end());
  value.rate = message.rate();
  value.unit = message.unit();
  value.eta_s = message.eta_s();
  return value;
}

}  // namespace flywheel
