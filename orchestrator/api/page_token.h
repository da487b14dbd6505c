// Page tokens: where a listing goes on, sealed with the arguments of the request it belongs to.
// Opaque to clients; not a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

inline constexpr int32_t kDefaultPageSize = 50;
inline constexpr int32_t kMaxPageSize = 1000;

// 0 means the default, more than the maximum the maximum. INVALID_ARGUMENT when negative.
Result<int32_t> PageSize(int32_t asked);

// `request` holds everything that must stay the same from page to page.
std::string MakePageToken(std::string_view request, int64_t cursor);
// INVALID_ARGUMENT for a token that was not made for this request.
Result<int64_t> ReadPageToken(std::string_view request, std::string_view token);

}  // namespace flywheel
