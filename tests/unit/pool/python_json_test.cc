#include "pool/formats/python_json.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/io/files.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string InList(std::string_view record) {
  PythonJsonWriter writer;
  std::string text(kPythonListOpen);
  const Status status = writer.Append(record, 1, &text);
  INFO(status.message());
  REQUIRE(status.ok());
  return text.append(kPythonListClose);
}

std::string ErrorOf(std::string_view record) {
  PythonJsonWriter writer;
  std::string text = "before";
  const Status status = writer.Append(record, 1, &text);
  CHECK(text == "before");
  CHECK(status.code() == StatusCode::kInvalidArgument);
  return status.message();
}

TEST_CASE("A record is written as json.dump(indent=4) writes it in a list") {
  CHECK(InList(R"({"id":"a","turns":[],"n":[1,2.50]})") ==
        "[\n    {\n        \"id\": \"a\",\n        \"turns\": [],\n        \"n\": [\n"
        "            1,\n            2.5\n        ]\n    }\n]");
}

TEST_CASE("500 records that Python has read and written are written to the byte") {
  const char* source = std::getenv("FLYWHEEL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  int64_t cases = 0;
  const Status status =
      ForEachLine(std::string(source) + "/tests/unit/pool/goldens/python_json.jsonl",
                  [&](std::string_view line, int64_t) -> Status {
                    const json golden = json::parse(line);
                    // Lone surrogates pass through here escaped once more.
                    const std::string in = golden.at("in");
                    INFO(in);
                    CHECK(InList(in) == golden.at("out").get<std::string>());
                    ++cases;
                    return OkStatus();
                  });
  INFO(status.message());
  CHECK(status.ok());
  CHECK(cases == 502);
}

TEST_CASE("Of members with one name the last value stands at the first one's place") {
  CHECK(InList(R"({"a":1,"b":{"c":1,"c":2},"\u0061":3})") == InList(R"({"a":3,"b":{"c":2}})"));
}

TEST_CASE("What is not JSON is refused and leaves the text as it was") {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "[",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "[1,]",
                          "[1 2]",
                          "{\"a\":1 \"b\":2}",
                          "{a:1}",
                          "[tru]",
                          "[01]",
                          "[1.]",
                          "[.5]",
                          "[+1]",
                          "[1e]",
                          "[-]",
                          "[\"\\x\"]",
                          "[\"\\u12g4\"]",
                          "[\"a]",
                          "[\"\n\"]",
                          "{} {}",
                          "[] x",
                          "[nan]",
                          "[1]]",
                          "7",
                          "\"text\"",
                          "{\"a\":1}}",
                          "[\"\xff\"]",
                          "[\"\xed\xa0\x80\"]",
                          "[\"a\"b]",
                          "[{}{}]",
                          "[\"a\" \"b\"]",
                          "{,}",
                          "{\"a\":\"b\":1}",
                          "[\"a\":1]",
                          "{\"a\":1.5",
                          "[1",
                          "{\"a\":[1}",
                          "[{\"a\":1]",
                          "{\"a\":1:2}",
                          "[,]"}) {
    INFO(bad);
    CHECK(ErrorOf(bad).starts_with("not valid JSON: "));
  }
  for (const std::string& nul : {std::string("[\"a\0b\"]", 7), std::string("[1\0]", 4),
                                 std::string("[1]\0", 4), std::string("\0[1]", 4)}) {
    CHECK(ErrorOf(nul).starts_with("not valid JSON: "));
  }
}

TEST_CASE("Nesting as deep as Python's is written and deeper nesting is refused") {
  const auto nest = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(InList(nest(900)).size() > 900 * 900);
  CHECK(ErrorOf(nest(901)) == "is nested deeper than 900 levels");
  CHECK_FALSE(ErrorOf(nest(200'000)).empty());
  CHECK_FALSE(ErrorOf(std::string(200'000, '[')).empty());
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\":";
  CHECK_FALSE(ErrorOf(objects).empty());
}

TEST_CASE("An object with a name 200,000 times is written in a moment") {
  std::string text = "{\"a\":0";
  for (int i = 0; i < 200'000; ++i) text += i % 2 == 0 ? ",\"b\":1" : ",\"a\":2";
  CHECK(InList(text + "}") == InList(R"({"a":2,"b":1})"));
}

}  // namespace
}  // namespace flywheel
