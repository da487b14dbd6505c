// Protobuf messages and nlohmann JSON, one into the other: sections of a spec that the core passes
// on unread, and task parameters. Proto field names, every scalar written out so that an explicit 0
// stays an explicit 0. Private to wire.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace flywheel {

// INTERNAL when the message cannot be written as JSON (text that is not UTF-8).
Result<nlohmann::json> MessageToJson(const google::protobuf::Message& message);

// INVALID_ARGUMENT names the field: unknown fields and wrong types are errors.
Status JsonToMessage(const nlohmann::json& value, google::protobuf::Message* message);

// Numbers that are whole come back as integers; JSON knows one kind only.
nlohmann::json StructToJson(const google::protobuf::Struct& fields);
google::protobuf::Struct JsonToStruct(const nlohmann::json& object);
// The same into an empty message, which may lie on an arena.
void WriteStruct(const nlohmann::json& object, google::protobuf::Struct& message);

}  // namespace flywheel
