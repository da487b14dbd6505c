// Bytes as base64 text (RFC 4648, with padding, no line breaks): binary values inside JSON files.
// Wraps OpenSSL's EVP interface.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

std::string Base64(std::string_view bytes);
// INVALID_ARGUMENT when the text is not whole groups of four base64 characters.
Result<std::string> FromBase64(std::string_view text);

}  // namespace flywheel
