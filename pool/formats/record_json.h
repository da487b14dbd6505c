// One record's text as JSON, as strict as data from strangers asks for: valid UTF-8, no member
// twice, no deeper nesting than any published format has. Knows nothing of what a record holds.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// Records of training data are three deep; the bound keeps code that walks a value from running out
// of stack.
inline constexpr int kMaxNesting = 64;

// INVALID_ARGUMENT at the byte where the nesting passes the bound. Looks at brackets outside of
// strings and at nothing else.
Status CheckNesting(std::string_view text);

// INVALID_ARGUMENT with line and column: "json:1:10: not valid JSON: ...".
Result<nlohmann::json> ParseRecordJson(std::string_view text);

}  // namespace flywheel
