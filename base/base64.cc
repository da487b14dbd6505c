#include "base/base64.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace flywheel {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// OpenSSL counts in int.
constexpr size_t kMostBytes = std::numeric_limits<int>::max() / 2;

}  // namespace

std::string Base64(std::string_view bytes) {
  FW_CHECK(bytes.size() <= kMostBytes, "more bytes than OpenSSL can count");
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

Result<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > kMostBytes) {
    return InvalidArgument(
        fmt::format("{} characters of base64, expected a multiple of 4", text.size()));
  }
  // EVP_DecodeBlock forgives blanks around the text and padding anywhere; this does not.
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const size_t wrong = text.substr(0, text.size() - padding).find_first_not_of(kAlphabet);
  if (wrong != std::string_view::npos) {
    return InvalidArgument(fmt::format("character {} is not base64", wrong));
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return InvalidArgument("not base64");
  bytes.resize(bytes.size() - padding);  // the padding was decoded to zero bytes
  return bytes;
}

}  // namespace flywheel
