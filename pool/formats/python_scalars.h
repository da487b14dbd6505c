// Strings and numbers of JSON as Python's json.dump writes them. A part of python_json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// The string that begins behind its quote at `text`, with both quotes; in ASCII, everything else
// escaped. simdjson must have seen that it ends, that it is UTF-8 and has no control character.
Status AppendPythonString(const char* text, std::string* out);

// A number or word, white space behind it allowed: also NaN, Infinity and -Infinity, which Python
// reads and writes. Integers keep their digits.
Status AppendPythonScalar(std::string_view token, std::string* out);

// A double as Python's repr prints it: "1.0", "1e-05", "1e+16"; in JSON infinity is "Infinity".
void AppendPythonFloat(double value, std::string* out);

}  // namespace flywheel
