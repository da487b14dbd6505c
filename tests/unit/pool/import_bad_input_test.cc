// What an import rejects record by record, and what it refuses as a whole.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::AskPool;
using testing::Import;
using testing::MustImport;
using testing::SampleRow;
using testing::SampleRows;
using testing::SmallBlocks;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

using Strings = std::vector<std::string>;

struct BadFile {
  std::string text;
  std::string message;  // of the whole import, behind the path
};

TEST_CASE("A file that is no list of records is refused by name and byte, the pool unchanged") {
  const TempDir folder(TempDir::Memory());
  const std::string pool = folder / "pool";
  MustImport(pool, {SourceOf("good", {WriteRows(folder / "good.json", SampleRows("good", 5))})});
  const auto before = testing::FilesBelow(pool);
  const std::string row = SampleRow("a", "What?").dump();
  const std::string end = std::to_string(1 + row.size());
  const std::vector<BadFile> cases = {
      {fmt::format("[{}", row),
       ": the file ends at byte " + end + " within the array, after 1 records"},
      {fmt::format("[{}", row.substr(0, 40)),
       ": the file ends at byte 41 within record 1, which begins at byte 1"},
      {fmt::format("[{}{}]", row, '\0'),
       ": byte " + end + ": expected ',' or ']' after record 1, found the byte 0x00"},
      {fmt::format("[{}]]", row),
       ": byte " + std::to_string(2 + row.size()) +
           ": expected nothing behind the array after record 1, found ']'"},
      {"", ": is empty; expected a JSON array of records or a record on each line"},
      {"id,image\n",
       ": byte 0: expected '[' or '{', the beginning of a JSON array or of JSON lines"}};
  for (const BadFile& bad : cases) {
    INFO(bad.message);
    REQUIRE(WriteFile(folder / "bad.json", bad.text).ok());
    const Status status = Import(pool, {SourceOf("bad", {folder / "bad.json"})}).status();
    CHECK(status == InvalidArgument((folder / "bad.json") + bad.message));
    const auto after = testing::FilesBelow(pool);
    for (const auto& [path, bytes] : before) CHECK(after.at(path) == bytes);
    CHECK(Pool::Open(pool)->manifest().datasets.size() == 1);
  }
  CHECK(Import(pool, {SourceOf("none", {folder / "none.json"})}).status().code() ==
        StatusCode::kNotFound);
}

// Records that are rejected one by one, between good ones.
std::string BadRecords() {
  std::string text = "[\n";
  text += SampleRow("good_1", "What?").dump();
  for (const std::string& bad : Strings{
           fmt::format("{{\"id\":\"nul\",\"x\":\"a{}b\"}}", '\0'),
           "{\"id\":\"utf\",\"x\":\"\xff\xfe\"}",
           SampleRow("huge", std::string(30'000, 'x')).dump(),
           fmt::format("{{\"id\":\"nest\",\"x\":{}{}}}", std::string(9'000, '['),
                       std::string(9'000, ']')),
           SampleRow("out", "What?", "../../etc/passwd").dump(), "17", "\"text\"", "{\"a\" 1}"}) {
    text += ",\n";
    text += bad;
  }
  text += fmt::format(",\n{}]", SampleRow("../a/b", "Odd id?").dump());
  return text;
}

TEST_CASE("Bad records are rejected with reason, byte and number, and can be asked for") {
  const TempDir folder(TempDir::Memory());
  const std::string text = BadRecords();
  REQUIRE(WriteFile(folder / "bad.json", text).ok());
  const auto imported = MustImport(folder / "pool", {SourceOf("bad", {folder / "bad.json"})});
  const PoolDataset& dataset = imported[0].dataset;
  CHECK(dataset.samples == 2);
  CHECK(dataset.files[0].records == 10);
  CHECK(dataset.rejected == std::map<std::string, int64_t>{{"not_json", 2},
                                                           {"bad_utf8", 1},
                                                           {"too_long", 1},
                                                           {"too_deep", 1},
                                                           {"image_outside_root", 1},
                                                           {"not_object", 2}});
  CHECK(AskPool(folder / "pool", "SELECT id FROM samples ORDER BY row") ==
        Strings{"good_1", "../a/b"});
  CHECK(AskPool(folder / "pool", "SELECT record || ' ' || reason FROM rejects ORDER BY record") ==
        Strings{"2 not_json", "3 bad_utf8", "4 too_long", "5 too_deep", "6 image_outside_root",
                "7 not_object", "8 not_object", "9 not_json"});
  for (const std::string& position :
       AskPool(folder / "pool", "SELECT position FROM rejects ORDER BY record LIMIT 5")) {
    CHECK(text[std::stoul(position)] == '{');
    CHECK(text[std::stoul(position) - 1] == '\n');
  }
  CHECK(AskPool(folder / "pool", "SELECT DISTINCT dataset || ' ' || file FROM rejects") ==
        Strings{"bad " + (folder / "bad.json")});
  CHECK(AskPool(folder / "pool", "SELECT message FROM rejects WHERE record = 6") ==
        Strings{"image: '../../etc/passwd' leads out of the image folder"});
}

TEST_CASE("A nest of 200,000 levels is rejected") {
  const TempDir folder(TempDir::Memory());
  const std::string nest = std::string(200'000, '[') + std::string(200'000, ']');
  REQUIRE(WriteFile(folder / "a.json",
                    fmt::format("[{{\"id\":{}}},{}]", nest, SampleRow("a", "What?").dump()))
              .ok());
  ImportOptions options = SmallBlocks();
  options.limits.record_bytes = 1'000'000;
  const auto imported = MustImport(folder / "pool", {SourceOf("a", {folder / "a.json"})}, options);
  CHECK(imported[0].dataset.rejected == std::map<std::string, int64_t>{{"too_deep", 1}});
  CHECK(imported[0].dataset.samples == 1);
}

TEST_CASE("A cut last line is a rejected record, not a refused file") {
  const TempDir folder(TempDir::Memory());
  const std::string row = SampleRow("a", "What?").dump();
  REQUIRE(WriteFile(folder / "a.jsonl", row + "\n" + row.substr(0, 30)).ok());
  const auto imported = MustImport(folder / "pool", {SourceOf("a", {folder / "a.jsonl"})});
  CHECK(imported[0].dataset.samples == 1);
  CHECK(imported[0].dataset.rejected == std::map<std::string, int64_t>{{"not_json", 1}});
}

TEST_CASE("A strict import fails at the first rejected record, and again when it is repeated") {
  const TempDir folder(TempDir::Memory());
  json rows = SampleRows("a", 60);
  rows[30]["image"] = "/etc/passwd";
  rows[50]["conversations"] = "none";
  const std::string file = WriteRows(folder / "a.json", rows);
  const std::string pool = folder / "pool";
  ImportOptions strict = SmallBlocks();
  strict.rejects = RejectPolicy::kFail;
  Strings messages;
  for (int i = 0; i < 3; ++i) {
    const Status status = Import(pool, {SourceOf("a", {file})}, strict).status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    messages.push_back(status.message());
    CHECK_FALSE(std::filesystem::exists(pool + "/pool.json"));
  }
  CHECK(messages[0].starts_with(file + ": byte "));
  CHECK(messages[0].find(": record 31: image_outside_root: image: '/etc/passwd'") !=
        std::string::npos);
  CHECK(messages[1] == messages[0]);
  CHECK(messages[2] == messages[0]);
  // What was imported without the option is not taken for good with it.
  MustImport(pool, {SourceOf("a", {file})});
  const Status status = Import(pool, {SourceOf("a", {file})}, strict).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(status.message().find("rejected: 1 image_outside_root") != std::string::npos);
}

TEST_CASE("An interrupted import that met a bad record does not hide it from a strict one") {
  const TempDir folder(TempDir::Memory());
  json rows = SampleRows("a", 60);
  rows[0]["image"] = "/etc/passwd";
  const std::string file = WriteRows(folder / "a.json", rows);
  ImportOptions stopping = SmallBlocks();
  int calls = 0;
  stopping.hooks.should_stop = [&calls] { return ++calls > 2; };
  REQUIRE(Import(folder / "pool", {SourceOf("a", {file})}, stopping).status().code() ==
          StatusCode::kCancelled);
  ImportOptions strict = SmallBlocks();
  strict.rejects = RejectPolicy::kFail;
  const Status status = Import(folder / "pool", {SourceOf("a", {file})}, strict).status();
  CHECK(status.message().find("record 1: image_outside_root") != std::string::npos);
}

TEST_CASE("A file that changes while it is read is refused, the pool unchanged") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 60));
  const std::string pool = folder / "pool";
  MustImport(pool, {SourceOf("a", {file})});
  const std::string before = *ReadFile(pool + "/pool.json");
  const std::string shorter = SampleRows("a", 9).dump();
  for (const std::string& changed : {shorter, SampleRows("a", 99).dump() + "]", std::string()}) {
    WriteRows(file, SampleRows("b", 60));
    ImportOptions options = SmallBlocks();
    bool is_first = true;
    options.hooks.progress = [&](const ImportProgress&) {
      if (std::exchange(is_first, false)) REQUIRE(WriteFile(file, changed).ok());
    };
    const Status status = Import(pool, {SourceOf("a", {file})}, options).status();
    CHECK(status.code() == StatusCode::kFailedPrecondition);
    CHECK(status.message().starts_with(file + ": changed while it was read ("));
    CHECK(*ReadFile(pool + "/pool.json") == before);
  }
  WriteRows(file, SampleRows("b", 60));
  CHECK(MustImport(pool, {SourceOf("a", {file})})[0].change == ImportChange::kReplaced);
}

}  // namespace
}  // namespace flywheel
