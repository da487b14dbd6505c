#include "orchestrator/wire/json_message.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <cstdint>

namespace flywheel {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;
using nlohmann::json;

// Doubles hold every integer up to here.
constexpr double kExactIntegers = 9007199254740992.0;

json FromValue(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue: {
      const double number = value.number_value();
      if (std::trunc(number) == number && std::abs(number) <= kExactIntegers) {
        return static_cast<int64_t>(number);
      }
      return number;
    }
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue:
      return StructToJson(value.struct_value());
    case Value::kListValue: {
      json list = json::array();
      for (const Value& item : value.list_value().values()) list.push_back(FromValue(item));
      return list;
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return nullptr;
  }
  return nullptr;
}

void WriteValue(const json& item, Value& value) {
  if (item.is_object()) {
    WriteStruct(item, *value.mutable_struct_value());
  } else if (item.is_array()) {
    auto& list = *value.mutable_list_value();
    for (const json& element : item) WriteValue(element, *list.add_values());
  } else if (item.is_string()) {
    value.set_string_value(item.get_ref<const std::string&>());
  } else if (item.is_boolean()) {
    value.set_bool_value(item.get<bool>());
  } else if (item.is_number()) {
    value.set_number_value(item.get<double>());
  } else {
    value.set_null_value(google::protobuf::NULL_VALUE);
  }
}

}  // namespace

Result<json> MessageToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!printed.ok()) {
    return Internal(
        fmt::format("write {} as JSON: {}", message.GetTypeName(), printed.message().ToString()));
  }
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    return Internal(
        fmt::format("write {} as JSON: not valid JSON came out", message.GetTypeName()));
  }
  return value;
}

Status JsonToMessage(const json& value, google::protobuf::Message* message) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, message);
  if (parsed.ok()) return OkStatus();
  return InvalidArgument(
      fmt::format("{}: {}", message->GetTypeName(), parsed.message().ToString()));
}

json StructToJson(const Struct& fields) {
  json object = json::object();
  for (const auto& [name, value] : fields.fields()) object[name] = FromValue(value);
  return object;
}

Struct JsonToStruct(const json& object) {
  Struct message;
  WriteStruct(object, message);
  return message;
}

void WriteStruct(const json& object, Struct& message) {
  for (const auto& [name, value] : object.items()) {
    WriteValue(value, (*message.mutable_fields())[name]);
  }
}

}  // namespace flywheel
