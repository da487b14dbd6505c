#include "base/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"

namespace flywheel {
namespace {

constexpr size_t kBytes = 32;

std::string Hex(const std::array<unsigned char, kBytes>& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * kBytes);
  for (const unsigned char byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace

struct Sha256::Context {
  struct Free {
    void operator()(EVP_MD_CTX* evp) const { EVP_MD_CTX_free(evp); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> evp{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  FW_CHECK(context_->evp != nullptr, "no memory for a digest");
  FW_CHECK(EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr) == 1, "no SHA-256");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) {
  FW_CHECK(EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) == 1,
           "adding to a digest that was ended");
}

std::string Sha256::FinishHex() {
  std::array<unsigned char, kBytes> digest{};
  unsigned int size = 0;
  FW_CHECK(EVP_DigestFinal_ex(context_->evp.get(), digest.data(), &size) == 1 && size == kBytes,
           "ending a digest twice");
  return Hex(digest);
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 digest;
  digest.Update(bytes);
  return digest.FinishHex();
}

bool IsSha256Hex(std::string_view text) {
  return text.size() == 2 * kBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace flywheel
