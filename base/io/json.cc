#include "base/io/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/io/files.h"

namespace flywheel {
namespace {

using nlohmann::json;

// Line and column, from 1, of a byte.
std::pair<size_t, size_t> LineAndColumn(std::string_view text, size_t byte) {
  byte = std::min(byte, text.size());
  const auto before = text.substr(0, byte);
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const size_t newline = before.rfind('\n');
  return {line, newline == std::string_view::npos ? byte + 1 : byte - newline};
}

}  // namespace

Result<json> ParseJson(std::string_view text, std::string_view source, JsonComments comments) {
  // Keys of every open object, so that a key that comes twice is an error and not a silent loss.
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && duplicate.empty() &&
        !open.back().insert(parsed.get<std::string>()).second) {
      duplicate = parsed.get<std::string>();
    }
    return true;
  };
  try {
    json value = json::parse(text, watch, true, comments == JsonComments::kAllow);
    if (!duplicate.empty()) {
      return InvalidArgument(
          fmt::format("{}: member '{}' occurs twice in an object", source, duplicate));
    }
    return value;
  } catch (const json::parse_error& error) {
    const auto [line, column] = LineAndColumn(text, error.byte > 0 ? error.byte - 1 : 0);
    const std::string_view what = error.what();
    const size_t colon = what.find(": ");
    return InvalidArgument(fmt::format("{}:{}:{}: not valid JSON: {}", source, line, column,
                                       colon == what.npos ? what : what.substr(colon + 2)));
  } catch (const json::out_of_range& error) {  // a number like 1e999
    const std::string_view what = error.what();
    const size_t bracket = what.find("] ");
    return InvalidArgument(fmt::format("{}: not valid JSON: {}", source,
                                       bracket == what.npos ? what : what.substr(bracket + 2)));
  }
}

Result<json> ReadJsonFile(const std::string& path, JsonComments comments) {
  FW_ASSIGN(const std::string text, ReadFile(path));
  return ParseJson(text, path, comments);
}

std::string CanonicalJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string ToValidUtf8(std::string_view text) {
  return json::parse(CanonicalJson(json(text))).get<std::string>();
}

JsonObjectReader::JsonObjectReader(const json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object())
    error_ = fmt::format("{}: expected an object, found {}", where_, object_.type_name());
}

bool JsonObjectReader::Has(std::string_view name) const {
  return object_.is_object() && object_.contains(name);
}

void JsonObjectReader::Fail(std::string_view name, std::string_view problem) {
  if (error_.empty()) error_ = fmt::format("{}.{}: {}", where_, name, problem);
}

const json* JsonObjectReader::Find(std::string_view name) {
  seen_.emplace_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

void JsonObjectReader::Optional(std::string_view name, bool* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  if (!member->is_boolean()) return Fail(name, "expected true or false");
  *value = member->get<bool>();
}

void JsonObjectReader::Optional(std::string_view name, int64_t* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  const auto wrong = [&] {
    Fail(name, fmt::format("expected a whole number, found {}", member->dump()));
  };
  if (member->is_string()) {
    const std::string& text = member->get_ref<const std::string&>();
    const char* text_end = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), text_end, *value);
    if (text.empty() || error != std::errc() || end != text_end) wrong();
    return;
  }
  if (!member->is_number()) return wrong();
  if (member->is_number_float()) {
    const double number = member->get<double>();
    if (std::floor(number) != number || std::abs(number) >= 0x1.0p63) return wrong();
  } else if (member->is_number_unsigned() && member->get<uint64_t>() > INT64_MAX) {
    return wrong();
  }
  *value = member->get<int64_t>();
}

void JsonObjectReader::Optional(std::string_view name, int32_t* value) {
  int64_t wide = *value;
  Optional(name, &wide);
  if (wide < INT32_MIN || wide > INT32_MAX) return Fail(name, "expected a 32-bit number");
  *value = static_cast<int32_t>(wide);
}

void JsonObjectReader::Optional(std::string_view name, uint64_t* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  if (member->is_number_unsigned()) {
    *value = member->get<uint64_t>();
    return;
  }
  const std::string text = member->is_string() ? member->get<std::string>() : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    Fail(name,
         fmt::format("expected a whole number that is not negative, found {}", member->dump()));
  }
}

void JsonObjectReader::Optional(std::string_view name, double* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  if (!member->is_number())
    return Fail(name, fmt::format("expected a number, found {}", member->dump()));
  *value = member->get<double>();
}

void JsonObjectReader::Optional(std::string_view name, std::string* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  if (!member->is_string())
    return Fail(name, fmt::format("expected a string, found {}", member->dump()));
  *value = member->get<std::string>();
}

void JsonObjectReader::Optional(std::string_view name, std::vector<double>* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  const auto number = [](const json& item) { return item.is_number(); };
  if (!member->is_array() || !std::all_of(member->begin(), member->end(), number)) {
    return Fail(name, "expected an array of numbers");
  }
  *value = member->get<std::vector<double>>();
}

void JsonObjectReader::Optional(std::string_view name, std::vector<std::string>* value) {
  const json* member = Find(name);
  if (member == nullptr) return;
  const auto string = [](const json& item) { return item.is_string(); };
  if (!member->is_array() || !std::all_of(member->begin(), member->end(), string)) {
    return Fail(name, "expected an array of strings");
  }
  *value = member->get<std::vector<std::string>>();
}

void JsonObjectReader::Optional(std::string_view name, json* value) {
  if (const json* member = Find(name)) *value = *member;
}

Status JsonObjectReader::FinishAllowingUnknown() const {
  return error_.empty() ? OkStatus() : InvalidArgument(error_);
}

Status JsonObjectReader::Finish() const {
  FW_TRY(FinishAllowingUnknown());
  for (const auto& [name, value] : object_.items()) {
    if (std::find(seen_.begin(), seen_.end(), name) == seen_.end()) {
      return InvalidArgument(fmt::format("{}.{}: unknown member", where_, name));
    }
  }
  return OkStatus();
}

}  // namespace flywheel
