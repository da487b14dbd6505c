// The records of a data file, one at a time and as text: the elements of a JSON array or the lines
// of a JSONL file, whichever the first character says. Finds where a record ends; whether it is
// valid JSON is for its parser to say.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// Calls `record` with the text and the number (from 1) of each record; stops at the first failure
// and says "<path>: record 3: ...", for JSONL "<path>:3: record 3: ...". Memory: one record and a
// buffer. An empty file is an error, an empty array is not.
Status ForEachJsonRecord(
    const std::string& path,
    const std::function<Status(std::string_view text, int64_t number)>& record);

}  // namespace flywheel
