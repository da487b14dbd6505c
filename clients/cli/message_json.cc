#include "clients/cli/message_json.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace flywheel {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  if (const FieldDescriptor* field = type.FindFieldByName(name)) return field;
  return type.FindFieldByCamelcaseName(name);
}

// Edits (insertions, deletions, replacements) from one word to the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// What to say about a name that the message does not have.
std::string UnknownField(const Descriptor& type, const std::string& name) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  const auto distance = [&](const std::string& known) { return EditDistance(name, known); };
  const auto nearest = std::min_element(
      names.begin(), names.end(), [&](auto& a, auto& b) { return distance(a) < distance(b); });
  const size_t tolerated = std::max<size_t>(1, name.size() / 3);
  if (nearest != names.end() && distance(*nearest) <= tolerated) {
    return fmt::format("unknown field; did you mean '{}'?", *nearest);
  }
  return fmt::format("unknown field; {} has {}", type.name(), fmt::join(names, ", "));
}

std::string Shown(const json& value) {
  constexpr size_t kLongest = 60;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

bool IsWhole(const json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
}

template <typename T>
bool IsDecimal(const std::string& text) {
  T parsed = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, parsed);
  return !text.empty() && error == std::errc() && stop == end;
}

// Whether `value` is a whole number of T's range; protobuf's JSON form allows it as a string too.
template <typename T>
bool FitsInteger(const json& value) {
  if (value.is_string()) return IsDecimal<T>(value.get<std::string>());
  if (!IsWhole(value)) return false;
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return number >= static_cast<double>(std::numeric_limits<T>::min()) &&
           number <= static_cast<double>(std::numeric_limits<T>::max());
  }
  return IsDecimal<T>(value.dump());
}

// What a scalar field expects, or "" when `value` is that.
std::string ScalarProblem(const json& value, const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.is_boolean() ? "" : "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return value.is_string() ? "" : "a string";
    case FieldDescriptor::CPPTYPE_INT32:
      return FitsInteger<int32_t>(value) ? "" : "a whole number (32 bits)";
    case FieldDescriptor::CPPTYPE_INT64:
      return FitsInteger<int64_t>(value) ? "" : "a whole number (64 bits)";
    case FieldDescriptor::CPPTYPE_UINT32:
      return FitsInteger<uint32_t>(value) ? "" : "a whole number of at least 0 (32 bits)";
    case FieldDescriptor::CPPTYPE_UINT64:
      return FitsInteger<uint64_t>(value) ? "" : "a whole number of at least 0 (64 bits)";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return value.is_number() ? "" : "a number";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      if (value.is_string() && type.FindValueByName(value.get<std::string>()) != nullptr) return "";
      std::vector<std::string> names;
      for (int i = 1; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
      return fmt::format("one of {}", fmt::join(names, ", "));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "a value of another type";
}

class Checker {
 public:
  explicit Checker(const JsonPlaces& places) : places_(places) {}

  Result<json> Message(const json& value, const Descriptor& type, const std::string& path) const {
    if (!value.is_object()) return Expected(path, "an object", value);
    json checked = json::object();
    for (const auto& [name, member] : value.items()) {
      const std::string member_path = JoinPath(path, name);
      const FieldDescriptor* field = FindField(type, name);
      if (field == nullptr) return Problem(member_path, UnknownField(type, name));
      if (member.is_null()) continue;
      if (checked.contains(field->name())) {
        return Problem(member_path, fmt::format("'{}' is given twice", field->name()));
      }
      FW_TRY(CheckOneof(*field, checked, member_path));
      FW_ASSIGN(checked[field->name()], Field(member, *field, member_path));
    }
    return checked;
  }

 private:
  Status Problem(const std::string& path, const std::string& problem) const {
    return InvalidArgument(fmt::format("{}: {}", places_.Describe(path), problem));
  }
  Status Expected(const std::string& path, std::string_view expected, const json& value) const {
    return Problem(path, fmt::format("expected {}, found {}", expected, Shown(value)));
  }

  Status CheckOneof(const FieldDescriptor& field, const json& before,
                    const std::string& path) const {
    const auto* oneof = field.real_containing_oneof();
    if (oneof == nullptr) return OkStatus();
    for (int i = 0; i < oneof->field_count(); ++i) {
      if (before.contains(oneof->field(i)->name())) {
        return Problem(path, fmt::format("only one {} may be given, and '{}' is given already",
                                         oneof->name(), oneof->field(i)->name()));
      }
    }
    return OkStatus();
  }

  Result<json> Field(const json& value, const FieldDescriptor& field,
                     const std::string& path) const {
    if (field.is_map()) return Map(value, field, path);
    if (!field.is_repeated()) return Single(value, field, path);
    if (!value.is_array()) return Expected(path, "an array", value);
    json checked = json::array();
    for (size_t i = 0; i < value.size(); ++i) {
      FW_ASSIGN(json item, Single(value[i], field, fmt::format("{}[{}]", path, i)));
      checked.push_back(std::move(item));
    }
    return checked;
  }

  Result<json> Map(const json& value, const FieldDescriptor& field, const std::string& path) const {
    if (!value.is_object()) return Expected(path, "an object", value);
    const FieldDescriptor& key_field = *field.message_type()->map_key();
    json checked = json::object();
    for (const auto& [key, member] : value.items()) {
      const std::string member_path = JoinPath(path, key);
      if (const std::string problem = ScalarProblem(json(key), key_field); !problem.empty()) {
        return Problem(member_path, fmt::format("expected {} as the key", problem));
      }
      FW_ASSIGN(checked[key], Single(member, *field.message_type()->map_value(), member_path));
    }
    return checked;
  }

  Result<json> Single(const json& value, const FieldDescriptor& field,
                      const std::string& path) const {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Message(value, *field.message_type(), path);
    }
    const std::string problem = ScalarProblem(value, field);
    if (!problem.empty()) return Expected(path, problem, value);
    return value;
  }

  const JsonPlaces& places_;
};

std::string Print(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = indented;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  FW_CHECK(status.ok(), "a message of ours has a JSON form");
  return text;
}

// The value of --set: JSON where it is some and the field does not want a string.
json ParseValue(const std::string& text, const FieldDescriptor& field) {
  const bool wants_string =
      field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated();
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded() || (wants_string && !parsed.is_string())) return text;
  return parsed;
}

}  // namespace

Result<json> CheckMessageJson(const json& value, const Descriptor& type, const JsonPlaces& places) {
  return Checker(places).Message(value, type, "");
}

Status FillMessage(const json& value, google::protobuf::Message* message) {
  message->Clear();
  const auto status = google::protobuf::util::JsonStringToMessage(value.dump(), message);
  return status.ok() ? OkStatus() : InvalidArgument(std::string(status.message()));
}

std::string ToJsonText(const google::protobuf::Message& message) { return Print(message, false); }

std::string ToPrettyJson(const google::protobuf::Message& message) { return Print(message, true); }

Status SetMember(const std::string& path, const std::string& text, const Descriptor& type,
                 json* value) {
  const Descriptor* at_type = &type;
  json* at = value;
  std::string walked;
  size_t begin = 0;
  while (true) {
    const size_t dot = path.find('.', begin);
    const std::string name = path.substr(begin, dot - begin);
    const bool last = dot == std::string::npos;
    const FieldDescriptor* field = FindField(*at_type, name);
    walked = JoinPath(walked, name);
    if (field == nullptr) {
      return InvalidArgument(fmt::format("{}: {}", walked, UnknownField(*at_type, name)));
    }
    json& member = (*at)[field->name()];
    if (last) {
      member = ParseValue(text, *field);
      return OkStatus();
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
        (field->is_repeated() && !field->is_map())) {
      return InvalidArgument(
          fmt::format("{}: has no members that could be set one by one", walked));
    }
    if (!member.is_object()) member = json::object();
    if (field->is_map()) {
      member[path.substr(dot + 1)] = ParseValue(text, *field->message_type()->map_value());
      return OkStatus();
    }
    at = &member;
    at_type = field->message_type();
    begin = dot + 1;
  }
}

}  // namespace flywheel
