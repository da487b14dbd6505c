#include "pool/formats/record_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;
using simdjson::dom::element;
using simdjson::dom::element_type;

Result<json> FromElement(const element& value);

Result<json> FromObject(const simdjson::dom::object& members) {
  json object = json::object();
  for (const auto& [name, member] : members) {
    FW_ASSIGN(json converted, FromElement(member));
    if (!object.emplace(std::string(name), std::move(converted)).second) {
      return InvalidArgument("a member occurs twice");
    }
  }
  return object;
}

Result<json> FromArray(const simdjson::dom::array& elements) {
  json array = json::array();
  for (const element one : elements) {
    FW_ASSIGN(json converted, FromElement(one));
    array.push_back(std::move(converted));
  }
  return array;
}

Result<json> FromElement(const element& value) {
  switch (value.type()) {
    case element_type::ARRAY:
      return FromArray(simdjson::dom::array(value));
    case element_type::OBJECT:
      return FromObject(simdjson::dom::object(value));
    case element_type::STRING:
      return json(std::string(std::string_view(value)));
    case element_type::DOUBLE:
      return json(double(value));
    case element_type::UINT64:
      return json(uint64_t(value));
    case element_type::INT64: {
      // As nlohmann_json reads them: what is not negative is unsigned.
      const auto number = int64_t(value);
      return number < 0 ? json(number) : json(static_cast<uint64_t>(number));
    }
    case element_type::BOOL:
      return json(bool(value));
    case element_type::NULL_VALUE:
      return json();
  }
  return Internal("simdjson: a value of no type");
}

}  // namespace

Status CheckNesting(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxNesting) {
        return InvalidArgument(fmt::format(
            "nested too deeply at byte {}: expected at most {} levels", i + 1, kMaxNesting));
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return OkStatus();
}

Result<nlohmann::json> ParseRecordJson(std::string_view text) {
  FW_TRY(CheckNesting(text));
  simdjson::dom::parser parser;
  element value;
  if (parser.parse(text.data(), text.size()).get(value) == simdjson::SUCCESS) {
    Result<json> converted = FromElement(value);
    if (converted.ok()) return converted;
  }
  // Several times slower, and it says what is wrong and where.
  return ParseJson(text, "json");
}

}  // namespace flywheel
