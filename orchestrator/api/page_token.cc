#include "orchestrator/api/page_token.h"

#include <fmt/format.h>

#include <charconv>

#include "base/digest.h"

namespace flywheel {
namespace {

constexpr size_t kDigits = 16;

// Two numbers out of the request: one hides the cursor, one proves that the token belongs to both.
uint64_t Mask(std::string_view request) {
  const std::string digest = Sha256Hex(fmt::format("page mask\n{}", request));
  uint64_t mask = 0;
  std::from_chars(digest.data(), digest.data() + kDigits, mask, 16);
  return mask;
}

std::string Seal(std::string_view request, std::string_view hidden) {
  return Sha256Hex(fmt::format("page seal\n{}\n{}", hidden, request)).substr(0, kDigits);
}

}  // namespace

Result<int32_t> PageSize(int32_t asked) {
  if (asked < 0) {
    return InvalidArgument(fmt::format("page_size: {}: expected at least 0", asked));
  }
  if (asked == 0) return kDefaultPageSize;
  return asked < kMaxPageSize ? asked : kMaxPageSize;
}

std::string MakePageToken(std::string_view request, int64_t cursor) {
  const std::string hidden = fmt::format("{:016x}", static_cast<uint64_t>(cursor) ^ Mask(request));
  return hidden + Seal(request, hidden);
}

Result<int64_t> ReadPageToken(std::string_view request, std::string_view token) {
  const std::string_view hidden = token.substr(0, kDigits);
  if (token.size() != 2 * kDigits || token.substr(kDigits) != Seal(request, hidden)) {
    return InvalidArgument(fmt::format(
        "page_token: '{}': expected next_page_token of an earlier answer to the same request",
        token));
  }
  uint64_t number = 0;
  std::from_chars(hidden.data(), hidden.data() + hidden.size(), number, 16);
  return static_cast<int64_t>(number ^ Mask(request));
}

}  // namespace flywheel
