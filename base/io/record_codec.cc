#include "base/io/record_codec.h"

#include <fmt/format.h>

#include <cmath>

#include "base/io/json.h"
#include "base/io/summary_codec.h"

namespace flywheel {
namespace {

using nlohmann::json;

json ToJson(const Resources& value) {
  return {{"cpus", value.cpus}, {"memory_mb", value.memory_mb}};
}

json ToJson(const TaskLimits& value) {
  return {{"time_limit_s", value.time_limit_s},
          {"stall_timeout_s", value.stall_timeout_s},
          {"grace_s", value.grace_s}};
}

json ToJson(const TaskInput& value) {
  return {{"name", value.name}, {"digest", value.digest}, {"path", value.path}};
}

json ToJson(const TaskOutput& value) {
  return {{"name", value.name}, {"digest", value.digest}, {"size", std::to_string(value.size)}};
}

Status Read(const json& value, const std::string& where, Resources* resources) {
  *resources = {.cpus = 0, .memory_mb = 0};
  JsonObjectReader reader(value, where);
  reader.Optional("cpus", &resources->cpus);
  reader.Optional("memory_mb", &resources->memory_mb);
  return reader.Finish();
}

Status Read(const json& value, const std::string& where, TaskLimits* limits) {
  *limits = {.time_limit_s = 0, .stall_timeout_s = 0, .grace_s = 0};
  JsonObjectReader reader(value, where);
  reader.Optional("time_limit_s", &limits->time_limit_s);
  reader.Optional("stall_timeout_s", &limits->stall_timeout_s);
  reader.Optional("grace_s", &limits->grace_s);
  return reader.Finish();
}

Status Read(const json& value, const std::string& where, TaskInput* input) {
  JsonObjectReader reader(value, where);
  reader.Required("name", &input->name);
  reader.Optional("digest", &input->digest);
  reader.Optional("path", &input->path);
  return reader.Finish();
}

Status Read(const json& value, const std::string& where, TaskOutput* output) {
  JsonObjectReader reader(value, where);
  reader.Required("name", &output->name);
  reader.Optional("digest", &output->digest);
  reader.Optional("size", &output->size);
  return reader.Finish();
}

template <typename T>
json ToJsonArray(const std::vector<T>& values) {
  json array = json::array();
  for (const T& value : values) array.push_back(ToJson(value));
  return array;
}

template <typename T>
Status ReadArray(JsonObjectReader& reader, const std::string& where, std::string_view name,
                 std::vector<T>* values) {
  json array = json::array();
  reader.Optional(name, &array);
  if (!array.is_array())
    return InvalidArgument(fmt::format("{}.{}: expected an array", where, name));
  for (size_t i = 0; i < array.size(); ++i) {
    FW_TRY(Read(array[i], fmt::format("{}.{}[{}]", where, name, i), &values->emplace_back()));
  }
  return OkStatus();
}

Status ReadMetrics(JsonObjectReader& reader, const std::string& where,
                   std::map<std::string, double>* metrics) {
  json object = json::object();
  reader.Optional("metrics", &object);
  if (!object.is_object()) return InvalidArgument(where + ".metrics: expected an object");
  for (const auto& [name, value] : object.items()) {
    if (!value.is_number()) {
      return InvalidArgument(
          fmt::format("{}.metrics.{}: expected a number, found {}", where, name, value.dump()));
    }
    (*metrics)[name] = value.get<double>();
  }
  return OkStatus();
}

json MetricsToJson(const std::map<std::string, double>& metrics) {
  json object = json::object();
  for (const auto& [name, value] : metrics) object[name] = NumberToJson(value);
  return object;
}

}  // namespace

json ToJson(const TaskSpec& spec) {
  return {{"attempt", spec.attempt},
          {"kind", spec.kind},
          {"inputs", ToJsonArray(spec.inputs)},
          {"parameters", spec.parameters},
          {"seed", std::to_string(spec.seed)},
          {"resources", ToJson(spec.resources)},
          {"limits", ToJson(spec.limits)}};
}

Result<TaskSpec> TaskSpecFromJson(const json& value) {
  TaskSpec spec;
  JsonObjectReader reader(value, "task");
  reader.Optional("attempt", &spec.attempt);
  reader.Required("kind", &spec.kind);
  FW_TRY(ReadArray(reader, "task", "inputs", &spec.inputs));
  reader.Optional("parameters", &spec.parameters);
  if (!spec.parameters.is_object()) reader.Fail("parameters", "expected an object");
  reader.Optional("seed", &spec.seed);
  json member;
  if (reader.Has("resources")) {
    reader.Optional("resources", &member);
    FW_TRY(Read(member, "task.resources", &spec.resources));
  }
  if (reader.Has("limits")) {
    reader.Optional("limits", &member);
    FW_TRY(Read(member, "task.limits", &spec.limits));
  }
  FW_TRY(reader.Finish());
  return spec;
}

json ToJson(const TaskResult& result) {
  json value = {{"outputs", ToJsonArray(result.outputs)},
                {"metrics", MetricsToJson(result.metrics)}};
  if (result.prepare) value["prepare"] = ToJson(*result.prepare);
  if (result.evaluation) value["evaluation"] = ToJson(*result.evaluation);
  if (result.analysis) value["analysis"] = ToJson(*result.analysis);
  if (result.generation) value["generation"] = ToJson(*result.generation);
  if (result.training) value["training"] = ToJson(*result.training);
  return value;
}

namespace {

template <typename T>
Status ReadSummary(JsonObjectReader& reader, std::string_view name, std::optional<T>* summary) {
  if (!reader.Has(name)) return OkStatus();
  json member;
  reader.Optional(name, &member);
  return ReadSummaryJson(member, fmt::format("result.{}", name), &summary->emplace());
}

}  // namespace

Result<TaskResult> TaskResultFromJson(const json& value) {
  TaskResult result;
  JsonObjectReader reader(value, "result");
  FW_TRY(ReadArray(reader, "result", "outputs", &result.outputs));
  FW_TRY(ReadMetrics(reader, "result", &result.metrics));
  FW_TRY(ReadSummary(reader, "prepare", &result.prepare));
  FW_TRY(ReadSummary(reader, "evaluation", &result.evaluation));
  FW_TRY(ReadSummary(reader, "analysis", &result.analysis));
  FW_TRY(ReadSummary(reader, "generation", &result.generation));
  FW_TRY(ReadSummary(reader, "training", &result.training));
  FW_TRY(reader.Finish());
  return result;
}

json ToJson(const TaskProgress& progress) {
  return {{"fraction", NumberToJson(progress.fraction)},
          {"message", progress.message},
          {"metrics", MetricsToJson(progress.metrics)},
          {"rate", NumberToJson(progress.rate)},
          {"unit", progress.unit},
          {"eta_s", NumberToJson(progress.eta_s)}};
}

Result<TaskProgress> TaskProgressFromJson(const json& value) {
  TaskProgress progress;
  JsonObjectReader reader(value, "progress");
  reader.Optional("fraction", &progress.fraction);
  reader.Optional("message", &progress.message);
  FW_TRY(ReadMetrics(reader, "progress", &progress.metrics));
  reader.Optional("rate", &progress.rate);
  reader.Optional("unit", &progress.unit);
  reader.Optional("eta_s", &progress.eta_s);
  FW_TRY(reader.Finish());
  return progress;
}

}  // namespace flywheel
