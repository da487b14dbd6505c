#include "pool/record_json.h"

#include <fmt/format.h>

#include "base/io/json.h"

namespace flywheel {

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
  return ParseJson(text, "json");
}

}  // namespace flywheel
