// Protobuf messages from and to JSON, strictly: every unknown field, wrong type or value out of
// range is one error that names the place, the value and what was expected. For messages without
// well-known types. Does not judge what the values mean.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "clients/cli/json_places.h"

namespace flywheel {

// The same values with proto field names throughout (protobuf's JSON form allows two spellings) and
// without nulls, checked against the descriptor. INVALID_ARGUMENT begins with the place.
Result<nlohmann::json> CheckMessageJson(const nlohmann::json& value,
                                        const google::protobuf::Descriptor& type,
                                        const JsonPlaces& places);

// Fills `message` from JSON that CheckMessageJson returned.
Status FillMessage(const nlohmann::json& value, google::protobuf::Message* message);

// One line of JSON: proto field names; fields without presence are always printed, so that programs
// find them.
std::string ToJsonText(const google::protobuf::Message& message);
// The same, indented.
std::string ToPrettyJson(const google::protobuf::Message& message);

// Sets the member at a dotted path ("train.epochs", "analyze.weights.manual.6"). The text is JSON
// or, where the field is a string or the text is no JSON, a string. INVALID_ARGUMENT when the
// message has no such field; the value itself is CheckMessageJson's business. Expects checked JSON.
Status SetMember(const std::string& path, const std::string& text,
                 const google::protobuf::Descriptor& type, nlohmann::json* value);

}  // namespace flywheel
