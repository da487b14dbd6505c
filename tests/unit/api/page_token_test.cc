#include "orchestrator/api/page_token.h"

#include <catch2/catch.hpp>

namespace flywheel {

TEST_CASE("a page token gives its cursor back to the same request and to no other") {
  for (const int64_t cursor : {int64_t{0}, int64_t{1}, int64_t{1} << 60}) {
    const std::string token = MakePageToken("list\nall", cursor);
    const auto read = ReadPageToken("list\nall", token);
    REQUIRE(read.ok());
    CHECK(*read == cursor);
    CHECK(ReadPageToken("list\nother", token).status().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("a token that was changed or made up is refused") {
  std::string token = MakePageToken("list", 42);
  for (char& digit : token) {
    const char before = digit;
    digit = before == '0' ? '1' : '0';
    CHECK_FALSE(ReadPageToken("list", token).ok());
    digit = before;
  }
  CHECK(ReadPageToken("list", token).ok());
  for (const char* made_up : {"", "2", "0000000000000000", "\xff\xfe"}) {
    CHECK(ReadPageToken("list", made_up).status().code() == StatusCode::kInvalidArgument);
  }
  CHECK_FALSE(ReadPageToken("list", token + "0").ok());
}

TEST_CASE("a page token does not show its cursor") {
  CHECK(MakePageToken("list", 1).find("0000000000000001") == std::string::npos);
}

TEST_CASE("page sizes have a default, a maximum and no negatives") {
  CHECK(*PageSize(0) == 50);
  CHECK(*PageSize(7) == 7);
  CHECK(*PageSize(5000) == 1000);
  CHECK(PageSize(-1).status().code() == StatusCode::kInvalidArgument);
}

}  // namespace flywheel
