#include "base/base64.h"

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

TEST_CASE("Bytes of any length and value come back from base64") {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    const Result<std::string> back = FromBase64(Base64(bytes));
    REQUIRE(back.ok());
    CHECK(*back == bytes);
    bytes += static_cast<char>(length * 7);
  }
}

TEST_CASE("base64 is RFC 4648's, padding included") {
  CHECK(Base64("") == "");
  CHECK(Base64("f") == "Zg==");
  CHECK(Base64("fo") == "Zm8=");
  CHECK(Base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("Text that is not base64 is refused") {
  CHECK(FromBase64("Zg=").status().message() == "3 characters of base64, expected a multiple of 4");
  CHECK(FromBase64("Zm9!").status().message() == "character 3 is not base64");
  CHECK(FromBase64("Z===").status().message() == "character 1 is not base64");
  CHECK(FromBase64("Zg==Zg==").status().message() == "character 2 is not base64");
  CHECK(FromBase64(" Zg=").status().message() == "character 0 is not base64");
}

}  // namespace
}  // namespace flywheel
