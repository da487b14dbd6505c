#include "base/io/json.h"

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

using nlohmann::json;

TEST_CASE("an error in JSON text names source, line and column") {
  const auto value = ParseJson("{\n  \"a\": 1,\n  oops\n}", "spec.json");
  REQUIRE_FALSE(value.ok());
  CHECK(value.status().message().starts_with("spec.json:3:"));
}

TEST_CASE("a key that comes twice is an error, in nested objects too") {
  CHECK_FALSE(ParseJson(R"({"a":1,"a":2})", "x").ok());
  CHECK_FALSE(ParseJson(R"([{"b":{"a":1,"a":2}}])", "x").ok());
  CHECK(ParseJson(R"([{"a":1},{"a":2}])", "x").ok());
}

TEST_CASE("a number that no double holds is an error") {
  CHECK(ParseJson("[1e999]", "x")
            .status()
            .message()
            .starts_with("x: not valid JSON: number overflow"));
  CHECK(ParseJson("[1e-999, 123456789012345678901234567890]", "x").ok());
}

TEST_CASE("comments are read only where they are allowed") {
  CHECK_FALSE(ParseJson("{} // no", "x").ok());
  CHECK(ParseJson("{} // yes", "x", JsonComments::kAllow).ok());
}

TEST_CASE("64-bit numbers come as numbers and as decimal strings") {
  const json object = {{"a", "9223372036854775807"}, {"b", -5}, {"c", "18446744073709551615"}};
  JsonObjectReader reader(object, "object");
  int64_t a = 0, b = 0;
  uint64_t c = 0;
  reader.Optional("a", &a);
  reader.Optional("b", &b);
  reader.Optional("c", &c);
  REQUIRE(reader.Finish().ok());
  CHECK(a == INT64_MAX);
  CHECK(b == -5);
  CHECK(c == UINT64_MAX);
}

TEST_CASE("numbers that are not whole or do not fit are refused by name") {
  for (const json& bad : {json(1.5), json("12x"), json(""), json(1e300), json(true), json(nullptr),
                          json("9223372036854775808"), json(UINT64_MAX), json("-")}) {
    const json object = {{"a", bad}};
    INFO(object.dump());
    JsonObjectReader reader(object, "object");
    int64_t a = 0;
    reader.Optional("a", &a);
    const Status status = reader.Finish();
    REQUIRE_FALSE(status.ok());
    CHECK(status.message().starts_with("object.a: "));
  }
  const json object = {{"a", int64_t{1} << 40}};
  JsonObjectReader reader(object, "object");
  int32_t a = 0;
  reader.Optional("a", &a);
  CHECK_FALSE(reader.Finish().ok());
}

TEST_CASE("members nobody read and members that are missing are errors") {
  const json object = {{"known", 1}, {"unknown", 2}};
  JsonObjectReader reader(object, "spec");
  int32_t known = 0;
  reader.Required("known", &known);
  CHECK(reader.Finish() == InvalidArgument("spec.unknown: unknown member"));
  CHECK(reader.FinishAllowingUnknown().ok());
  reader.Required("absent", &known);
  CHECK(reader.FinishAllowingUnknown() == InvalidArgument("spec.absent: is missing"));
}

}  // namespace
}  // namespace flywheel
