#include "base/io/summary_codec.h"

#include <fmt/format.h>

#include <cmath>

#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;

json ToJson(const Accuracy& value) {
  return {{"n", value.n},
          {"correct", value.correct},
          {"accuracy", NumberToJson(value.accuracy)},
          {"low", NumberToJson(value.low)},
          {"high", NumberToJson(value.high)}};
}

Status Read(const json& value, const std::string& where, Accuracy* accuracy) {
  JsonObjectReader reader(value, where);
  reader.Optional("n", &accuracy->n);
  reader.Optional("correct", &accuracy->correct);
  reader.Optional("accuracy", &accuracy->accuracy);
  reader.Optional("low", &accuracy->low);
  reader.Optional("high", &accuracy->high);
  return reader.Finish();
}

json ToJson(const TypeAccuracy& value) {
  return {{"type", value.type},
          {"name", value.name},
          {"n", value.n},
          {"correct", value.correct},
          {"accuracy", NumberToJson(value.accuracy)},
          {"low", NumberToJson(value.low)},
          {"high", NumberToJson(value.high)}};
}

Status Read(const json& value, const std::string& where, TypeAccuracy* accuracy) {
  JsonObjectReader reader(value, where);
  reader.Optional("type", &accuracy->type);
  reader.Optional("name", &accuracy->name);
  reader.Optional("n", &accuracy->n);
  reader.Optional("correct", &accuracy->correct);
  reader.Optional("accuracy", &accuracy->accuracy);
  reader.Optional("low", &accuracy->low);
  reader.Optional("high", &accuracy->high);
  return reader.Finish();
}

json ToJson(const PairedTest& value) {
  return {{"n", value.n},
          {"fixed", value.fixed},
          {"broken", value.broken},
          {"p_value", NumberToJson(value.p_value)}};
}

Status Read(const json& value, const std::string& where, PairedTest* test) {
  test->p_value = 0;  // protobuf's default, not the record's
  JsonObjectReader reader(value, where);
  reader.Optional("n", &test->n);
  reader.Optional("fixed", &test->fixed);
  reader.Optional("broken", &test->broken);
  reader.Optional("p_value", &test->p_value);
  return reader.Finish();
}

json ToJson(const SplitSize& value) {
  return {{"split", value.split}, {"questions", value.questions}, {"images", value.images}};
}

Status Read(const json& value, const std::string& where, SplitSize* size) {
  JsonObjectReader reader(value, where);
  reader.Optional("split", &size->split);
  reader.Optional("questions", &size->questions);
  reader.Optional("images", &size->images);
  return reader.Finish();
}

json ToJson(const TypeWeight& value) {
  return {{"type", value.type},
          {"name", value.name},
          {"n", value.n},
          {"accuracy", NumberToJson(value.accuracy)},
          {"weight", NumberToJson(value.weight)},
          {"bad_cases", value.bad_cases}};
}

Status Read(const json& value, const std::string& where, TypeWeight* weight) {
  JsonObjectReader reader(value, where);
  reader.Optional("type", &weight->type);
  reader.Optional("name", &weight->name);
  reader.Optional("n", &weight->n);
  reader.Optional("accuracy", &weight->accuracy);
  reader.Optional("weight", &weight->weight);
  reader.Optional("bad_cases", &weight->bad_cases);
  return reader.Finish();
}

json ToJson(const TypeSamples& value) {
  return {{"type", value.type},
          {"name", value.name},
          {"quota", value.quota},
          {"samples", value.samples}};
}

Status Read(const json& value, const std::string& where, TypeSamples* samples) {
  JsonObjectReader reader(value, where);
  reader.Optional("type", &samples->type);
  reader.Optional("name", &samples->name);
  reader.Optional("quota", &samples->quota);
  reader.Optional("samples", &samples->samples);
  return reader.Finish();
}

json ToJson(const DropCount& value) { return {{"reason", value.reason}, {"count", value.count}}; }

Status Read(const json& value, const std::string& where, DropCount* drop) {
  JsonObjectReader reader(value, where);
  reader.Optional("reason", &drop->reason);
  reader.Optional("count", &drop->count);
  return reader.Finish();
}

json ToJson(const SplitAccuracy& value);
Status Read(const json& value, const std::string& where, SplitAccuracy* split);

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

json ToJson(const SplitAccuracy& value) {
  return {{"split", value.split},
          {"total", ToJson(value.total)},
          {"by_type", ToJsonArray(value.by_type)}};
}

Status Read(const json& value, const std::string& where, SplitAccuracy* split) {
  JsonObjectReader reader(value, where);
  reader.Optional("split", &split->split);
  json total = json::object();
  reader.Optional("total", &total);
  FW_TRY(Read(total, where + ".total", &split->total));
  FW_TRY(ReadArray(reader, where, "by_type", &split->by_type));
  return reader.Finish();
}

}  // namespace

json NumberToJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

json ToJson(const PrepareSummary& summary) {
  return {{"splits", ToJsonArray(summary.splits)},
          {"bank_images", summary.bank_images},
          {"bank_refused", summary.bank_refused},
          {"warnings", summary.warnings}};
}

json ToJson(const EvaluationSummary& summary) {
  json value = {{"scoring", summary.scoring}, {"splits", ToJsonArray(summary.splits)}};
  if (summary.gate) value["gate"] = ToJson(*summary.gate);
  return value;
}

json ToJson(const AnalysisSummary& summary) {
  return {{"policy", summary.policy}, {"weights", ToJsonArray(summary.weights)}};
}

json ToJson(const GenerationSummary& summary) {
  return {{"samples", summary.samples},
          {"images", summary.images},
          {"replay_images", summary.replay_images},
          {"by_type", ToJsonArray(summary.by_type)},
          {"dropped", ToJsonArray(summary.dropped)},
          {"rejected_replay_images", summary.rejected_replay_images}};
}

json ToJson(const TrainingSummary& summary) {
  return {{"steps", summary.steps},
          {"images", summary.images},
          {"first_loss", NumberToJson(summary.first_loss)},
          {"last_loss", NumberToJson(summary.last_loss)}};
}

Status ReadSummaryJson(const json& value, const std::string& where, PrepareSummary* summary) {
  JsonObjectReader reader(value, where);
  FW_TRY(ReadArray(reader, where, "splits", &summary->splits));
  reader.Optional("bank_images", &summary->bank_images);
  reader.Optional("bank_refused", &summary->bank_refused);
  reader.Optional("warnings", &summary->warnings);
  return reader.Finish();
}

Status ReadSummaryJson(const json& value, const std::string& where, EvaluationSummary* summary) {
  JsonObjectReader reader(value, where);
  reader.Optional("scoring", &summary->scoring);
  FW_TRY(ReadArray(reader, where, "splits", &summary->splits));
  if (reader.Has("gate")) {
    json gate;
    reader.Optional("gate", &gate);
    FW_TRY(Read(gate, where + ".gate", &summary->gate.emplace()));
  }
  return reader.Finish();
}

Status ReadSummaryJson(const json& value, const std::string& where, AnalysisSummary* summary) {
  JsonObjectReader reader(value, where);
  reader.Optional("policy", &summary->policy);
  FW_TRY(ReadArray(reader, where, "weights", &summary->weights));
  return reader.Finish();
}

Status ReadSummaryJson(const json& value, const std::string& where, GenerationSummary* summary) {
  JsonObjectReader reader(value, where);
  reader.Optional("samples", &summary->samples);
  reader.Optional("images", &summary->images);
  reader.Optional("replay_images", &summary->replay_images);
  FW_TRY(ReadArray(reader, where, "by_type", &summary->by_type));
  FW_TRY(ReadArray(reader, where, "dropped", &summary->dropped));
  reader.Optional("rejected_replay_images", &summary->rejected_replay_images);
  return reader.Finish();
}

Status ReadSummaryJson(const json& value, const std::string& where, TrainingSummary* summary) {
  JsonObjectReader reader(value, where);
  reader.Optional("steps", &summary->steps);
  reader.Optional("images", &summary->images);
  reader.Optional("first_loss", &summary->first_loss);
  reader.Optional("last_loss", &summary->last_loss);
  return reader.Finish();
}

}  // namespace flywheel
