// What an import takes, rejects and refuses.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "base/io/file_digest.h"
#include "pool/index/pool_manifest.h"
#include "pool/index/pool_stats.h"
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

TEST_CASE("An imported data set is in the index as it is in its file") {
  const TempDir folder(TempDir::Memory());
  json rows = SampleRows("set", 100);
  rows.push_back(SampleRow("set_3", "Again?"));
  const std::string file = WriteRows(folder / "set.json", rows);
  const auto imported = MustImport(folder / "pool", {SourceOf("set", {file})});
  REQUIRE(imported.size() == 1);
  const PoolDataset& dataset = imported[0].dataset;
  CHECK(imported[0].change == ImportChange::kAdded);
  CHECK(dataset.samples == 101);
  CHECK(dataset.text_only == 10);
  CHECK(dataset.repeated_ids == 1);
  CHECK(dataset.parts.size() > 3);
  CHECK(dataset.rejected.empty());
  REQUIRE(dataset.files.size() == 1);
  CHECK(dataset.files[0].sha256 == DigestOfFile(file)->digest);
  CHECK(dataset.files[0].records == 101);

  auto pool = Pool::Open(folder / "pool");
  REQUIRE(pool.ok());
  CHECK(pool->manifest().generation == 1);
  std::vector<SampleRef> all;
  for (uint32_t row = 0; row < 101; ++row) all.push_back({0, row});
  const auto records = pool->ReadRecords(all);
  REQUIRE(records.ok());
  for (size_t i = 0; i < records->size(); ++i) CHECK(json::parse((*records)[i]) == rows[i]);
  const Strings ids = AskPool(folder / "pool", "SELECT id FROM samples ORDER BY row");
  REQUIRE(ids.size() == 101);
  for (size_t i = 0; i < ids.size(); ++i) CHECK(ids[i] == rows[i]["id"]);
  CHECK(AskPool(folder / "pool", "SELECT count(*) FROM samples WHERE image = ''") == Strings{"10"});
  CHECK(AskPool(folder / "pool", "SELECT DISTINCT dataset || category FROM samples") ==
        Strings{"setvqa"});
}

TEST_CASE("Lines, several files and records without an id are one data set") {
  const TempDir folder(TempDir::Memory());
  json nameless = SampleRow("", "No id?");
  nameless.erase("id");
  REQUIRE(WriteFile(folder / "a.jsonl",
                    SampleRow("a", "One?").dump() + "\r\n\n" + nameless.dump() + "\n")
              .ok());
  REQUIRE(WriteFile(folder / "b.jsonl", SampleRow("b", "Two?").dump()).ok());
  MustImport(folder / "pool", {SourceOf("set", {folder / "a.jsonl", folder / "b.jsonl"})});
  CHECK(AskPool(folder / "pool", "SELECT id || ' ' || file FROM samples ORDER BY row") ==
        Strings{"a 0", "set_3 0", "b 1"});
}

TEST_CASE("An empty array is a data set without samples") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "set.json", json::array());
  CHECK(MustImport(folder / "pool", {SourceOf("set", {file})})[0].dataset.samples == 0);
  CHECK(AskPool(folder / "pool", "SELECT count(*) FROM samples") == Strings{"0"});
}

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
      {"[" + row, ": the file ends at byte " + end + " within the array, after 1 records"},
      {"[" + row.substr(0, 40),
       ": the file ends at byte 41 within record 1, which begins at byte 1"},
      {"[" + row + std::string(1, '\0') + "]",
       ": byte " + end + ": expected ',' or ']' after record 1, found the byte 0x00"},
      {"[" + row + "]]", ": byte " + std::to_string(2 + row.size()) +
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
  const std::string nest = std::string(200'000, '[') + std::string(200'000, ']');
  std::string text = "[\n" + SampleRow("good_1", "What?").dump();
  for (const std::string& bad : Strings{
           "{\"id\":\"nul\",\"x\":\"a" + std::string(1, '\0') + "b\"}",
           "{\"id\":\"utf\",\"x\":\"\xff\xfe\"}",
           SampleRow("huge", std::string(30'000, 'x')).dump(),
           "{\"id\":\"nest\",\"x\":" + std::string(9'000, '[') + std::string(9'000, ']') + "}",
           SampleRow("out", "What?", "../../etc/passwd").dump(), "17", "\"text\"", "{\"a\" 1}"}) {
    text += ",\n";
    text += bad;
  }
  text += ",\n" + SampleRow("../a/b", "Odd id?").dump() + "]";
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
        Strings{"image: expected a path below the folder of images, found '../../etc/passwd'"});
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
  CHECK(messages[0].find(": record 31: image_outside_root: image: expected") != std::string::npos);
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

TEST_CASE("What has not changed is left alone: the same file, a touched one, a moved one") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 30));
  const std::string pool = folder / "pool";
  const DatasetSource source = SourceOf("a", {file});
  MustImport(pool, {source});
  const auto first = testing::FilesBelow(pool);

  CHECK(MustImport(pool, {source})[0].change == ImportChange::kUnchanged);
  CHECK(testing::FilesBelow(pool) == first);

  const auto time = std::filesystem::last_write_time(file);
  std::filesystem::last_write_time(file, time + std::chrono::seconds(5));
  CHECK(Pool::Open(pool)->ReadRecord({0, 0}).status().code() == StatusCode::kFailedPrecondition);
  CHECK(MustImport(pool, {source})[0].change == ImportChange::kUnchanged);
  CHECK(Pool::Open(pool)->ReadRecord({0, 0}).ok());

  std::filesystem::rename(file, folder / "moved.json");
  CHECK(Pool::Open(pool)->ReadRecord({0, 0}).status().code() == StatusCode::kNotFound);
  CHECK(MustImport(pool, {SourceOf("a", {folder / "moved.json"})})[0].change ==
        ImportChange::kUnchanged);
  CHECK(Pool::Open(pool)->ReadRecord({0, 0}).ok());
  const auto last = testing::FilesBelow(pool);
  for (const auto& [path, bytes] : first) {
    if (path != "pool.json") CHECK(last.at(path) == bytes);
  }
}

TEST_CASE("Another content, category or number of files is a replacement") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 30));
  const std::string pool = folder / "pool";
  DatasetSource source = SourceOf("a", {file});
  MustImport(pool, {source});
  WriteRows(file, SampleRows("a", 30, 2));
  CHECK(MustImport(pool, {source})[0].change == ImportChange::kReplaced);
  source.category = "captions";
  CHECK(MustImport(pool, {source})[0].change == ImportChange::kReplaced);
  source.files.push_back(WriteRows(folder / "b.json", SampleRows("b", 3)));
  CHECK(MustImport(pool, {source})[0].change == ImportChange::kReplaced);
  CHECK(Pool::Open(pool)->manifest().datasets.at(0).samples == 33);
  // Generations that no reader can have open any more are gone.
  MustImport(pool, {source});
  int folders = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(pool + "/datasets")) {
    ++folders;
  }
  CHECK(folders == 1);
}

TEST_CASE("Two sources of one name are refused before anything is written") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 3));
  const Status status =
      Import(folder / "pool", {SourceOf("a", {file}), SourceOf("a", {file})}).status();
  CHECK(status == InvalidArgument("two sources are called 'a' (one is " + file +
                                  "); import them one by one with --dataset"));
  CHECK_FALSE(std::filesystem::exists(folder / "pool"));
}

TEST_CASE("What was imported before a bad source stays in the pool") {
  const TempDir folder(TempDir::Memory());
  const std::string good = WriteRows(folder / "good.json", SampleRows("good", 3));
  REQUIRE(WriteFile(folder / "bad.json", "[1").ok());
  CHECK_FALSE(
      Import(folder / "pool", {SourceOf("good", {good}), SourceOf("bad", {folder / "bad.json"})})
          .ok());
  const auto pool = Pool::Open(folder / "pool");
  REQUIRE(pool.ok());
  REQUIRE(pool->manifest().datasets.size() == 1);
  CHECK(pool->manifest().datasets[0].name == "good");
}

TEST_CASE("Names of data sets that are no file names are kept, and stay below the pool") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 3));
  std::vector<DatasetSource> sources;
  for (const char* name : {"../up", "a/b", "a_b", ".hidden", "a:b"}) {
    sources.push_back(SourceOf(name, {file}));
  }
  MustImport(folder / "pool", sources);
  const auto pool = Pool::Open(folder / "pool");
  REQUIRE(pool.ok());
  CHECK(pool->manifest().samples() == 15);
  for (const DatasetSource& source : sources) CHECK(pool->DatasetIndex(source.name) >= 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CHECK((entry.path().filename() == "pool" || entry.path().filename() == "a.json"));
  }
}

TEST_CASE("Statistics stand beside what is published, with missing images and rejects") {
  const TempDir folder(TempDir::Memory());
  json rows = SampleRows("coco", 20);
  rows[3]["conversations"] = 1;
  const std::string file = WriteRows(folder / "coco.json", rows);
  std::filesystem::create_directories(folder / "images/coco");
  for (const char* name : {"coco/0.jpg", "coco/1.jpg"}) {
    REQUIRE(WriteFile((folder / "images/") + name, "x").ok());
  }
  DatasetSource source = SourceOf("coco", {file});
  source.images_root = folder / "images";
  MustImport(folder / "pool", {source, SourceOf("other", {file})});
  const auto stats = ReadPoolStats(*Pool::Open(folder / "pool"), *DataOptimCatalogue());
  REQUIRE(stats.ok());
  REQUIRE(stats->size() == 2);
  const DatasetStats& coco = (*stats)[0];
  CHECK(coco.name == "coco");
  CHECK(coco.samples == 19);
  CHECK(coco.expected == 414'113);
  CHECK(coco.images == 17);
  CHECK(coco.missing_images == 15);
  CHECK(coco.rejected == std::map<std::string, int64_t>{{"no_turns", 1}});
  CHECK_FALSE(coco.source_changed);
  CHECK_FALSE((*stats)[1].expected.has_value());
  CHECK_FALSE((*stats)[1].missing_images.has_value());
  WriteRows(file, json::array());
  CHECK((*ReadPoolStats(*Pool::Open(folder / "pool"), *DataOptimCatalogue()))[0].source_changed);
}

}  // namespace
}  // namespace flywheel
