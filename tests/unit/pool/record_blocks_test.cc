#include "pool/formats/record_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/io/file_digest.h"
#include "base/io/files.h"
#include "base/rng.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::TempDir;

struct ReadBlock {
  std::vector<std::string> texts;
  std::vector<int64_t> numbers;
  std::vector<int64_t> overlong;  // their numbers
  RecordPosition end;

  bool operator==(const ReadBlock&) const = default;
};

struct Read {
  std::vector<ReadBlock> blocks;
  Status status;
  std::string digest;
  int64_t records = 0;

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const ReadBlock& block : blocks) {
      all.insert(all.end(), block.texts.begin(), block.texts.end());
    }
    return all;
  }
};

Read ReadFrom(const std::string& path, const RecordLimits& limits,
              const RecordPosition& position = {}) {
  Read read;
  auto reader = RecordBlockReader::Open(path, limits);
  if (!reader.ok()) return {{}, reader.status(), "", 0};
  read.status = reader->SkipTo(position);
  RecordBlock block;
  while (read.status.ok()) {
    const Result<bool> more = reader->Next(&block);
    read.status = more.status();
    if (!more.ok() || !*more) break;
    ReadBlock& one = read.blocks.emplace_back();
    for (const FoundRecord& record : block.records) {
      one.texts.emplace_back(block.Text(record));
      one.numbers.push_back(record.number);
    }
    for (const FoundRecord& record : block.overlong) one.overlong.push_back(record.number);
    one.end = reader->resume_position();
    CHECK(block.bytes.capacity() >= block.bytes.size() + RecordBlock::kPadding);
  }
  read.digest = reader->FinishDigest();
  read.records = reader->records();
  return read;
}

// A reader that stopped behind any block must make the blocks that the first one made.
void CheckResumes(const std::string& path, const RecordLimits& limits) {
  const Read whole = ReadFrom(path, limits);
  REQUIRE(whole.status == OkStatus());
  for (size_t i = 0; i < whole.blocks.size(); ++i) {
    const Read rest = ReadFrom(path, limits, whole.blocks[i].end);
    INFO("behind block " << i << " of " << whole.blocks.size());
    REQUIRE(rest.status == OkStatus());
    CHECK(rest.digest == whole.digest);
    CHECK(rest.records == whole.records);
    const std::vector<ReadBlock> expected(whole.blocks.begin() + static_cast<int64_t>(i) + 1,
                                          whole.blocks.end());
    CHECK(rest.blocks == expected);
  }
}

std::string RecordText(Rng* rng, int number) {
  return json({{"id", number}, {"t", std::string(rng->Below(300), 'x')}}).dump();
}

std::string ArrayOf(Rng* rng, int records) {
  std::string text = "[";
  for (int i = 0; i < records; ++i) {
    text += i == 0 ? "\n" : ",\n  ";
    text += RecordText(rng, i);
  }
  text += "\n]\n";
  return text;
}

TEST_CASE("Blocks hold all records once, in order, and any of them is a place to go on") {
  const TempDir folder;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const std::string text = ArrayOf(&rng, 40);
    REQUIRE(WriteFile(folder / "a.json", text).ok());
    INFO("seed " << seed);
    const RecordLimits limits{.block_bytes = rng.Between(1, 2000),
                              .block_records = rng.Between(1, 20),
                              .record_bytes = rng.Between(50, 400)};
    const Read read = ReadFrom(folder / "a.json", limits);
    REQUIRE(read.status == OkStatus());
    CHECK(read.digest == DigestOfFile(folder / "a.json")->digest);
    CHECK(read.records == 40);
    json expected = json::array();
    for (const json& record : json::parse(text)) {
      if (static_cast<int64_t>(record.dump().size()) <= limits.record_bytes) {
        expected.push_back(record);
      }
    }
    json found = json::array();
    for (const std::string& record : read.texts()) found.push_back(json::parse(record));
    CHECK(found == expected);
    CheckResumes(folder / "a.json", limits);
  }
}

TEST_CASE("Files larger than what is read at once go on at the same blocks") {
  const TempDir folder;
  Rng rng(5);
  std::string text = "[";
  for (int i = 0; i < 300; ++i) {
    text += i == 0 ? "" : ",";
    text += json(std::string(30'000 + rng.Below(20'000), 'y')).dump();
  }
  REQUIRE(WriteFile(folder / "a.json", fmt::format("{}]", text)).ok());
  CheckResumes(folder / "a.json", {.block_bytes = 1'000'000});
  CheckResumes(folder / "a.json", {.block_bytes = 5'000'000});
}

TEST_CASE("Blank lines keep their numbers where a reader goes on") {
  const TempDir folder;
  const std::string text = "{\"a\":1}\n\n\n{\"a\":4}\r\n\n{\"a\":6}\n\n{\"a\":8}";
  REQUIRE(WriteFile(folder / "a.jsonl", text).ok());
  for (const int64_t block_bytes : {1, 9, 10, 11, 12, 18, 20, 100}) {
    INFO(block_bytes);
    const RecordLimits limits{.block_bytes = block_bytes};
    const Read read = ReadFrom(folder / "a.jsonl", limits);
    std::vector<int64_t> numbers;
    for (const ReadBlock& block : read.blocks) {
      numbers.insert(numbers.end(), block.numbers.begin(), block.numbers.end());
    }
    CHECK(numbers == std::vector<int64_t>{1, 4, 6, 8});
    CheckResumes(folder / "a.jsonl", limits);
  }
}

TEST_CASE("A byte order mark is passed over, in arrays and lines, and counts for the digest") {
  const TempDir folder;
  for (const std::string& text : std::vector<std::string>{"\xef\xbb\xbf[{\"a\":1},{\"b\":2}]",
                                                          "\xef\xbb\xbf{\"a\":1}\n{\"b\":2}\n"}) {
    REQUIRE(WriteFile(folder / "a.json", text).ok());
    const Read read = ReadFrom(folder / "a.json", {.block_bytes = 1});
    CHECK(read.status == OkStatus());
    CHECK(read.texts() == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
    CHECK(read.digest == DigestOfFile(folder / "a.json")->digest);
    CheckResumes(folder / "a.json", {.block_bytes = 1});
  }
}

TEST_CASE("Overlong records are passed over with their numbers, wherever they lie") {
  const TempDir folder;
  const std::string huge = json(std::string(9'000'000, 'h')).dump();
  const std::string text =
      "[" + huge + ",{\"a\":2}," + huge + "," + huge + ",{\"a\":5}," + huge + "]";
  REQUIRE(WriteFile(folder / "a.json", text).ok());
  const RecordLimits limits{.block_bytes = 10'000, .record_bytes = 1000};
  const Read read = ReadFrom(folder / "a.json", limits);
  REQUIRE(read.status == OkStatus());
  CHECK(read.texts() == std::vector<std::string>{"{\"a\":2}", "{\"a\":5}"});
  std::vector<int64_t> overlong;
  for (const ReadBlock& block : read.blocks) {
    overlong.insert(overlong.end(), block.overlong.begin(), block.overlong.end());
  }
  CHECK(overlong == std::vector<int64_t>{1, 3, 4, 6});
  CheckResumes(folder / "a.json", limits);
}

TEST_CASE("A huge string keeps no more in memory than the limit and what is read at once") {
  const TempDir folder;
  const std::string huge(40'000'000, 'h');
  const std::string spaces(40'000'000, ' ');
  const std::string lines(40'000'000, '\n');
  for (const std::string& text : std::vector<std::string>{
           fmt::format("[\"{}\",{{}}]", huge), fmt::format("{{}}\n\"{}\"\n{{}}", huge),
           fmt::format("[{}{{}}]", spaces), fmt::format("{{}}\n{}{{}}", lines)}) {
    REQUIRE(WriteFile(folder / "a.json", text).ok());
    auto reader =
        RecordBlockReader::Open(folder / "a.json", {.block_bytes = 1000, .record_bytes = 1000});
    REQUIRE(reader.ok());
    RecordBlock block;
    size_t most = 0;
    while (*reader->Next(&block)) most = std::max(most, block.bytes.capacity());
    CHECK(most < 12'000'000);
  }
}

TEST_CASE("Empty arrays and arrays of white space have no blocks") {
  const TempDir folder;
  for (const std::string& text : std::vector<std::string>{"[]", " [ \n ] \n"}) {
    REQUIRE(WriteFile(folder / "a.json", text).ok());
    const Read read = ReadFrom(folder / "a.json", {});
    CHECK(read.status == OkStatus());
    CHECK(read.blocks.empty());
    CHECK(read.records == 0);
  }
}

TEST_CASE("Files that are no records are refused with path, byte and what was expected") {
  const TempDir folder;
  const std::string path = folder / "a.json";
  const std::string empty =
      path + ": is empty; expected a JSON array of records or a record on each line";
  for (const std::string& text : std::vector<std::string>{"", " \n", "\xef\xbb\xbf\n"}) {
    REQUIRE(WriteFile(path, text).ok());
    CHECK(ReadFrom(path, {}).status == InvalidArgument(empty));
  }
  const std::string expected =
      "expected '[' or '{', the beginning of a JSON array or of JSON lines";
  REQUIRE(WriteFile(path, "  id,image\n").ok());
  CHECK(ReadFrom(path, {}).status == InvalidArgument(path + ": byte 2: " + expected));
  REQUIRE(WriteFile(path, fmt::format("{}x", std::string(10'000, '\n'))).ok());
  CHECK(ReadFrom(path, {}).status == InvalidArgument(path + ": byte 10000: " + expected));
  REQUIRE(WriteFile(path, fmt::format("{}[{{}}]", std::string(10'000, '\n'))).ok());
  CHECK(ReadFrom(path, {}).texts() == std::vector<std::string>{"{}"});
  REQUIRE(WriteFile(path, R"([{"a":1},{"b":)").ok());
  CHECK(
      ReadFrom(path, {}).status ==
      InvalidArgument(path + ": the file ends at byte 14 within record 2, which begins at byte 9"));
  CHECK(ReadFrom(folder / "none.json", {}).status.code() == StatusCode::kNotFound);
  CHECK(ReadFrom(folder.path(), {}).status ==
        InvalidArgument(folder.path() + ": expected a file, found something else"));
}

TEST_CASE("Errors behind the first blocks name the byte of the file") {
  const TempDir folder;
  std::string text = "[";
  for (int i = 0; i < 50; ++i) text += fmt::format("{{\"a\":{}}},", i);
  const std::string path = folder / "a.json";
  REQUIRE(WriteFile(path, fmt::format("{}]", text)).ok());
  const Status status = ReadFrom(path, {.block_bytes = 20}).status;
  CHECK(status == InvalidArgument(path + ": byte " + std::to_string(text.size()) +
                                  ": expected a record after record 50, found ']'"));
}

TEST_CASE("A file that has become shorter cannot be gone on with") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "a.json", "[1]").ok());
  const Status status = ReadFrom(folder / "a.json", {}, {.offset = 100, .number = 9}).status;
  CHECK(status == FailedPrecondition((folder / "a.json") +
                                     ": ends at byte 3, expected to go on at byte 100"));
}

TEST_CASE("A file that changes while it is read is noticed by size and by time") {
  const TempDir folder;
  const std::string path = folder / "a.json";
  REQUIRE(WriteFile(path, "[{}]").ok());
  auto reader = RecordBlockReader::Open(path);
  REQUIRE(reader.ok());
  CHECK(reader->CheckUnchanged() == OkStatus());
  const auto then = std::filesystem::last_write_time(path);
  std::filesystem::last_write_time(path, then + std::chrono::seconds(2));
  CHECK(reader->CheckUnchanged() ==
        FailedPrecondition(path +
                           ": changed while it was read (4 bytes before, 4 now); import it again"));
  REQUIRE(WriteFile(path, "[{}, {}]").ok());
  CHECK(reader->CheckUnchanged().message().find("(4 bytes before, 8 now)") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(reader->CheckUnchanged().code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace flywheel
