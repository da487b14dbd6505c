#include "pool/formats/record_splitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/rng.h"

namespace flywheel {
namespace {

using nlohmann::json;

// Makes JSON texts that use every kind of token, with white space wherever it may stand.
class RandomJson {
 public:
  explicit RandomJson(uint64_t seed) : rng_(seed) {}

  std::string Array(int elements) {
    std::string text = Space() + "[";
    for (int i = 0; i < elements; ++i) {
      text += i == 0 ? "" : ",";
      text += Space() + Value(3) + Space();
    }
    return text + Space() + "]" + Space();
  }
  std::string Value(int depth) {
    switch (rng_.Below(depth > 0 ? 7 : 5)) {
      case 0:
        return rng_.Chance(0.5) ? "null" : "true";
      case 1:
        return std::to_string(rng_.Between(-999, 999)) + (rng_.Chance(0.3) ? ".5e-3" : "");
      case 5:
        return Members(depth, '{', '}');
      case 6:
        return Members(depth, '[', ']');
      default:
        return String();
    }
  }
  Rng& rng() { return rng_; }

 private:
  std::string Members(int depth, char open, char close) {
    std::string text(1, open);
    const uint64_t members = rng_.Below(4);
    for (uint64_t i = 0; i < members; ++i) {
      text += i == 0 ? "" : ",";
      text += Space();
      if (open == '{') text += fmt::format("\"k{}\"{}:{}", i, Space(), Space());
      text += Value(depth - 1) + Space();
    }
    return text + Space() + close;
  }
  std::string String() {
    static const std::vector<std::string> kPieces = {
        "\\\\", "\\\"", "{", "}", "[", "]", ",", ":", "a", "\xc3\xbc", "\\u00e9", "\\n"};
    std::string text = "\"";
    for (uint64_t i = rng_.Below(8); i > 0; --i) text += rng_.Pick(kPieces);
    return text + "\"";
  }
  std::string Space() {
    static const std::vector<std::string> kSpaces = {"", "", "", " ", "\n", "\t", "\r\n", "   "};
    return rng_.Pick(kSpaces);
  }

  Rng rng_;
};

struct Split {
  std::vector<FoundRecord> records;
  Status status;
};

// Feeds the text piece by piece and keeps, as readers do, only what the splitter may ask for.
Split SplitInPieces(RecordLayout layout, std::string_view text,
                    const std::vector<size_t>& piece_ends) {
  Split split;
  RecordSplitter splitter(layout, 0, 1);
  for (const size_t end : piece_ends) {
    while (true) {
      const auto base = static_cast<size_t>(splitter.position());
      FoundRecord found;
      const auto step = splitter.Next(text.substr(base, end - base), splitter.position(), &found);
      if (!step.ok()) return {split.records, step.status()};
      if (*step == RecordSplitter::Step::kNeedMore) break;
      split.records.push_back(found);
    }
  }
  FoundRecord found;
  const auto step = splitter.End(&found);
  if (!step.ok()) return {split.records, step.status()};
  if (*step == RecordSplitter::Step::kRecord) split.records.push_back(found);
  return split;
}

Split SplitWhole(RecordLayout layout, std::string_view text) {
  return SplitInPieces(layout, text, {text.size()});
}

std::vector<size_t> EveryByte(size_t size) {
  std::vector<size_t> ends;
  for (size_t i = 1; i <= size; ++i) ends.push_back(i);
  return ends;
}

std::vector<size_t> RandomEnds(size_t size, Rng* rng) {
  std::vector<size_t> ends;
  for (size_t at = 0; at < size; ends.push_back(at)) at = std::min(size, at + 1 + rng->Below(9));
  return ends;
}

std::vector<std::string> TextsOf(const Split& split, std::string_view text) {
  std::vector<std::string> texts;
  for (const FoundRecord& record : split.records) {
    texts.emplace_back(
        text.substr(static_cast<size_t>(record.offset), static_cast<size_t>(record.length)));
  }
  return texts;
}

bool Equal(const Split& a, const Split& b) {
  const auto same = [](const FoundRecord& x, const FoundRecord& y) {
    return x.offset == y.offset && x.length == y.length && x.number == y.number;
  };
  return a.status == b.status &&
         std::equal(a.records.begin(), a.records.end(), b.records.begin(), b.records.end(), same);
}

TEST_CASE("Records of random arrays are the elements that a JSON parser finds, however fed") {
  constexpr int kArrays = 3000;
  for (uint64_t seed = 0; seed < kArrays; ++seed) {
    RandomJson random(seed);
    const std::string text = random.Array(static_cast<int>(random.rng().Below(6)));
    INFO("seed " << seed << ": " << text);
    const Split whole = SplitWhole(RecordLayout::kArray, text);
    REQUIRE(whole.status == OkStatus());
    const json expected = json::parse(text);
    const std::vector<std::string> texts = TextsOf(whole, text);
    REQUIRE(texts.size() == expected.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      CHECK(json::parse(texts[i]) == expected[i]);
      CHECK(whole.records[i].number == static_cast<int64_t>(i) + 1);
    }
    CHECK(Equal(SplitInPieces(RecordLayout::kArray, text, EveryByte(text.size())), whole));
    const auto ends = RandomEnds(text.size(), &random.rng());
    CHECK(Equal(SplitInPieces(RecordLayout::kArray, text, ends), whole));
  }
}

TEST_CASE("A splitter that goes on behind any record finds the others") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomJson random(seed);
    const std::string text = random.Array(5);
    const Split whole = SplitWhole(RecordLayout::kArray, text);
    REQUIRE(whole.records.size() == 5);
    for (size_t i = 0; i < 5; ++i) {
      const int64_t behind = whole.records[i].offset + whole.records[i].length;
      RecordSplitter splitter(RecordLayout::kArray, behind, whole.records[i].number + 1);
      for (size_t next = i + 1; next < 5; ++next) {
        FoundRecord found;
        const auto step = splitter.Next(std::string_view(text).substr(static_cast<size_t>(behind)),
                                        behind, &found);
        REQUIRE(step.ok());
        CHECK(found.offset == whole.records[next].offset);
        CHECK(found.length == whole.records[next].length);
        CHECK(found.number == whole.records[next].number);
      }
    }
  }
}

struct WrongText {
  std::string text;
  std::string message;
};

TEST_CASE("What is not an array of records is said with its byte and what was expected") {
  const std::vector<WrongText> cases = {
      {"{}", "byte 0: expected '[', found '{'"},
      {" x", "byte 1: expected '[', found 'x'"},
      {"[,1]", "byte 1: expected a record, found ','"},
      {"[1,]", "byte 3: expected a record after record 1, found ']'"},
      {"[1,,2]", "byte 3: expected a record after record 1, found ','"},
      {"[:", "byte 1: expected a record, found ':'"},
      {"[{}}", "byte 3: expected ',' or ']' after record 1, found '}'"},
      {"[{} {}]", "byte 4: expected ',' or ']' after record 1, found '{'"},
      {"[\"a\"\"b\"]", "byte 4: expected ',' or ']' after record 1, found '\"'"},
      {"[1] 2", "byte 4: expected nothing behind the array after record 1, found '2'"},
      {"[]]", "byte 2: expected nothing behind the array, found ']'"},
      {"", "the file ends at byte 0 within the array, after 0 records"},
      {"[", "the file ends at byte 1 within the array, after 0 records"},
      {"[1,", "the file ends at byte 3 within the array, after 1 records"},
      {"[{\"a\":\"b\"}", "the file ends at byte 10 within the array, after 1 records"},
      {"[1, {\"a\":", "the file ends at byte 9 within record 2, which begins at byte 4"},
      {"[\"\\\"]", "the file ends at byte 5 within record 1, which begins at byte 1"},
      {std::string("[{}\0]", 5), "byte 3: expected ',' or ']' after record 1, found the byte 0x00"},
      {"[{}\xff]", "byte 3: expected ',' or ']' after record 1, found the byte 0xff"}};
  for (const WrongText& wrong : cases) {
    INFO(wrong.text);
    const Split split = SplitWhole(RecordLayout::kArray, wrong.text);
    CHECK(split.status.code() == StatusCode::kInvalidArgument);
    CHECK(split.status.message() == wrong.message);
    CHECK(Equal(SplitInPieces(RecordLayout::kArray, wrong.text, EveryByte(wrong.text.size())),
                split));
  }
}

TEST_CASE("Every cut of an array is an error that gives the byte where it ends") {
  RandomJson random(11);
  const std::string text = "[[" + random.Value(3) + "],{\"a\":[1,{\"b\":\"\\\\\"}]}]";
  for (size_t size = 0; size < text.size(); ++size) {
    const Split split = SplitWhole(RecordLayout::kArray, std::string_view(text).substr(0, size));
    INFO(text.substr(0, size));
    CHECK(split.status.code() == StatusCode::kInvalidArgument);
    CHECK(split.status.message().starts_with("the file ends at byte " + std::to_string(size)));
  }
}

TEST_CASE("Lines are records: blank ones count and are none, the last may lack its end") {
  const std::string text = "{\"a\":1}\n\n \t\r\n{\"b\":2}\r\n\n{\"c\":3}";
  const Split split = SplitWhole(RecordLayout::kLines, text);
  REQUIRE(split.status == OkStatus());
  REQUIRE(split.records.size() == 3);
  CHECK(split.records[0].number == 1);
  CHECK(split.records[1].number == 4);
  CHECK(split.records[2].number == 6);
  const std::vector<std::string> texts = TextsOf(split, text);
  CHECK(json::parse(texts[1]) == json({{"b", 2}}));
  CHECK(texts[2] == "{\"c\":3}");
  CHECK(Equal(SplitInPieces(RecordLayout::kLines, text, EveryByte(text.size())), split));
}

TEST_CASE("A last line of white space is no record") {
  for (const char* tail : {"", "\n", "\n  ", "\n\n\r", "\n\t \n "}) {
    std::string text = "{\"a\":1}";
    text += tail;
    INFO(json(text));
    const Split split = SplitInPieces(RecordLayout::kLines, text, EveryByte(text.size()));
    CHECK(split.status == OkStatus());
    CHECK(split.records.size() == 1);
    CHECK(Equal(SplitWhole(RecordLayout::kLines, text), split));
  }
}

TEST_CASE("Random lines in random pieces are the lines of the text") {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    std::string text;
    std::vector<std::string> expected;
    for (uint64_t i = rng.Below(8); i > 0; --i) {
      const std::string line = rng.Chance(0.3) ? "  " : fmt::format("{{\"k\": \"{}\"}}", i);
      if (line != "  ") expected.push_back(line);
      text += line + "\n";
    }
    INFO("seed " << seed);
    const Split split = SplitInPieces(RecordLayout::kLines, text, RandomEnds(text.size(), &rng));
    CHECK(split.status == OkStatus());
    CHECK(TextsOf(split, text) == expected);
  }
}

TEST_CASE("A line whose beginning is gone when its end comes is still a record") {
  const std::string text =
      "{\"a\":\"" + std::string(100, 'x') + "\"}" + std::string(50, ' ') + "\n";
  RecordSplitter splitter(RecordLayout::kLines, 0, 1);
  FoundRecord found;
  REQUIRE(*splitter.Next(text.substr(0, 120), 0, &found) == RecordSplitter::Step::kNeedMore);
  REQUIRE(*splitter.Next(text.substr(120), 120, &found) == RecordSplitter::Step::kRecord);
  CHECK(found.offset == 0);
  CHECK(found.length == static_cast<int64_t>(text.size()) - 1);
}

TEST_CASE("A nest of 200,000 levels is one record") {
  const std::string nest = std::string(200'000, '[') + std::string(200'000, ']');
  const std::string text = "[" + nest + ",{}]";
  const Split split = SplitWhole(RecordLayout::kArray, text);
  REQUIRE(split.status == OkStatus());
  REQUIRE(split.records.size() == 2);
  CHECK(split.records[0].length == 400'000);
}

}  // namespace
}  // namespace flywheel
