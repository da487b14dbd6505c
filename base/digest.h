// SHA-256 of bytes, as the lower-case hex that names artifacts, scenes and samples. Values only:
// digests of files and folders are base/io's business. Wraps OpenSSL's EVP interface.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace flywheel {

// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

// The same over bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);
  // Ends the digest. Nothing may be added afterwards.
  std::string FinishHex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// True for 64 lower-case hex digits.
bool IsSha256Hex(std::string_view text);

}  // namespace flywheel
