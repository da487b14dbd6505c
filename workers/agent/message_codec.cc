#include "workers/agent/message_codec.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel {
namespace {

namespace util = google::protobuf::util;

Result<std::string> ToText(const google::protobuf::Message& message, bool pretty) {
  util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = pretty;
  std::string text;
  const auto status = util::MessageToJsonString(message, &text, options);
  if (!status.ok()) {
    return InvalidArgument(fmt::format("{}: {}", message.GetTypeName(), status.ToString()));
  }
  return text;
}

Status FromText(const std::string& text, google::protobuf::Message* message) {
  const auto status = util::JsonStringToMessage(text, message);
  if (status.ok()) return OkStatus();
  return InvalidArgument(fmt::format("{}: {}", message->GetTypeName(), status.ToString()));
}

std::string Text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<TaskSpec> FromMessage(const v1::TaskSpec& message) {
  FW_ASSIGN(const std::string text, ToText(message, false));
  FW_ASSIGN(const nlohmann::json value, ParseJson(text, "task"));
  return TaskSpecFromJson(value);
}

Result<v1::TaskResult> ToMessage(const TaskResult& result) {
  v1::TaskResult message;
  FW_TRY(FromText(Text(ToJson(result)), &message));
  return message;
}

Result<v1::TaskProgress> ToMessage(const TaskProgress& progress) {
  v1::TaskProgress message;
  FW_TRY(FromText(Text(ToJson(progress)), &message));
  return message;
}

Status WriteMessageFile(const std::string& path, const google::protobuf::Message& message) {
  FW_ASSIGN(const std::string text, ToText(message, true));
  return ReplaceFile(path, text);
}

Status ReadMessageFile(const std::string& path, google::protobuf::Message* message) {
  FW_ASSIGN(const std::string text, ReadFile(path));
  return FromText(text, message).WithContext(path);
}

}  // namespace flywheel
