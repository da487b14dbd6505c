#include "pool/formats/sharegpt_format.h"

#include <fmt/format.h>

#include <array>

namespace flywheel {
namespace {

using nlohmann::json;

// Nothing is said by a member that is null or empty.
bool IsEmpty(const json& value) {
  return value.is_null() || ((value.is_array() || value.is_string()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

// LLaVA's name of a role: "human", "gpt" or "system".
Result<std::string> RoleOf(const std::string& role) {
  if (role == "user" || role == "human") return std::string("human");
  if (role == "assistant" || role == "gpt") return std::string("gpt");
  if (role == "system") return role;
  return InvalidArgument(
      fmt::format("expected \"user\" or \"assistant\", found \"{}\"", role.substr(0, 80)));
}

Result<std::string> TextOf(const json& turn, const char* name) {
  const json& value = turn[name];
  if (!value.is_string()) {
    return InvalidArgument(fmt::format("{}: expected a string, found {}", name, value.type_name()));
  }
  return value.get<std::string>();
}

Result<LlavaTurn> TurnOf(const json& value) {
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", value.type_name()));
  }
  const bool has_roles = value.contains("role") || value.contains("content");
  const char* role = has_roles ? "role" : "from";
  const char* content = has_roles ? "content" : "value";
  for (const char* name : {role, content}) {
    if (!value.contains(name)) return InvalidArgument(fmt::format("{}: is missing", name));
  }
  LlavaTurn turn;
  FW_ASSIGN(const std::string spoken, TextOf(value, role));
  Result<std::string> from = RoleOf(spoken);
  FW_TRY(from.status().WithContext(role));
  turn.from = *std::move(from);
  FW_ASSIGN(turn.value, TextOf(value, content));
  for (const auto& [name, member] : value.items()) {
    if (name != role && name != content) turn.other[name] = member;
  }
  return turn;
}

Status TakeTurns(const json& value, const std::string& name, LlavaRow* row) {
  if (!row->conversations.empty()) {
    return InvalidArgument("has both messages and conversations, expected one of them");
  }
  if (!value.is_array()) {
    return InvalidArgument(fmt::format("expected an array of turns, found {}", value.type_name()))
        .WithContext(name);
  }
  for (size_t i = 0; i < value.size(); ++i) {
    Result<LlavaTurn> turn = TurnOf(value[i]);
    FW_TRY(turn.status().WithContext(fmt::format("{}[{}]", name, i)));
    if (turn->from != "system") {
      row->conversations.push_back(*std::move(turn));
    } else if (i > 0 || row->other.contains("system")) {
      return InvalidArgument(
          fmt::format("{}[{}]: expected one system message, before all others", name, i));
    } else {
      row->other["system"] = turn->value;
    }
  }
  return OkStatus();
}

// "image" or "images": a path or a list of at most one.
Status TakeImage(const json& value, std::string* image) {
  if (IsEmpty(value)) return OkStatus();
  if (value.is_array() && value.size() > 1) {
    return InvalidArgument(fmt::format("a row holds at most one image, found {}", value.size()));
  }
  const json& one = value.is_array() ? value[0] : value;
  if (!one.is_string()) {
    return InvalidArgument(fmt::format("expected the path of an image, found {}", one.type_name()));
  }
  if (!image->empty()) return InvalidArgument("a row holds at most one image, found another");
  *image = one.get_ref<const std::string&>();
  return OkStatus();
}

Status TakeId(const json& value, std::string* id) {
  if (value.is_number_integer()) {
    *id = value.dump();
  } else if (value.is_string()) {
    *id = value.get_ref<const std::string&>();
  } else if (!value.is_null()) {
    return InvalidArgument(fmt::format("expected a string, found {}", value.type_name()));
  }
  return OkStatus();
}

// LLaMA-Factory wants one "<image>" for each image; LLaVA would make one of two.
Status CheckTokens(const LlavaRow& row) {
  size_t tokens = 0;
  for (const LlavaTurn& turn : row.conversations) {
    for (size_t at = turn.value.find(kImageToken); at != std::string::npos;
         at = turn.value.find(kImageToken, at + 1)) {
      ++tokens;
    }
  }
  if (row.image.empty() || tokens < 2) return OkStatus();
  return InvalidArgument(fmt::format("\"<image>\" occurs {} times for one image", tokens));
}

}  // namespace

Result<LlavaRow> RowFromShareGpt(const json& value) {
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", value.type_name()));
  }
  constexpr std::array kNotHeld{"video", "videos", "audio", "audios"};
  for (const char* name : kNotHeld) {
    if (value.contains(name) && !IsEmpty(value[name])) {
      return InvalidArgument(
          fmt::format("{}: a row holds text and at most one image, nothing else", name));
    }
  }
  LlavaRow row;
  for (const auto& [name, member] : value.items()) {
    if (name == "messages" || name == "conversations") {
      FW_TRY(TakeTurns(member, name, &row));
    } else if (name == "image" || name == "images") {
      FW_TRY(TakeImage(member, &row.image).WithContext(name));
    } else if (name == "id") {
      FW_TRY(TakeId(member, &row.id).WithContext(name));
    } else if (name == "system" && row.other.contains("system")) {
      return InvalidArgument("system: the messages have a system message too");
    } else {
      row.other[name] = member;
    }
  }
  FW_TRY(CheckTokens(row));
  return row;
}

}  // namespace flywheel
