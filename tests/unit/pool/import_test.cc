// What an import takes, what it leaves alone and what it replaces.
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
