// Imports that are stopped, repeated, shared by threads, and read while they go on.
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "pool/index/pool_writer.h"
#include "pool/index/sample_batch.h"
#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::AskPool;
using testing::DifferenceOf;
using testing::Import;
using testing::MustImport;
using testing::SampleRow;
using testing::SampleRows;
using testing::SmallBlocks;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

// Two files with rejected records, blank lines and a part for a few samples each.
DatasetSource WriteSource(const TempDir& folder) {
  json rows = SampleRows("a", 60);
  for (const size_t bad : {size_t{0}, size_t{17}, size_t{59}}) rows[bad].erase("conversations");
  std::string lines;
  for (const json& row : SampleRows("b", 40)) lines += row.dump() + "\n\n";
  REQUIRE(WriteFile(folder / "b.jsonl", lines).ok());
  return SourceOf("set", {WriteRows(folder / "a.json", rows), folder / "b.jsonl"});
}

TEST_CASE("An import that is stopped after any block ends with the same bytes") {
  const TempDir folder(TempDir::Memory());
  const DatasetSource source = WriteSource(folder);
  MustImport(folder / "whole", {source});
  int stops = 0;
  for (int after = 0; after < 100; ++after) {
    const std::string pool = folder / ("stopped" + std::to_string(after));
    int calls = 0;
    ImportOptions options = SmallBlocks(1 + after % 2);
    options.hooks.should_stop = [&] { return calls++ == after; };
    const Status status = Import(pool, {source}, options).status();
    if (status.ok()) break;
    INFO("stopped after " << after << " blocks");
    CHECK(status ==
          Status(StatusCode::kCancelled, "set: stopped; the same import goes on from here"));
    CHECK_FALSE(std::filesystem::exists(pool + "/pool.json"));
    MustImport(pool, {source});
    CHECK(DifferenceOf(folder / "whole", pool) == "");
    ++stops;
    std::filesystem::remove_all(pool);
  }
  CHECK(stops > 8);
}

TEST_CASE("An import that is stopped at every block again and again ends with the same bytes") {
  const TempDir folder(TempDir::Memory());
  const DatasetSource source = WriteSource(folder);
  MustImport(folder / "whole", {source});
  int stops = 0;
  while (true) {
    ImportOptions options = SmallBlocks();
    bool was_asked = false;
    options.hooks.should_stop = [&was_asked] { return std::exchange(was_asked, true); };
    if (Import(folder / "pool", {source}, options).ok()) break;
    REQUIRE(++stops < 100);
  }
  CHECK(stops > 8);
  CHECK(DifferenceOf(folder / "whole", folder / "pool") == "");
}

TEST_CASE("An import of Parquet that is stopped after any part ends with the same bytes") {
  const TempDir folder(TempDir::Memory());
  auto duck = Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = ""});
  REQUIRE(duck.ok());
  REQUIRE(
      duck->Run(fmt::format("COPY (SELECT 'p_' || i AS id, [{{'from': 'human', 'value': 'What?'}}, "
                            "{{'from': 'gpt', 'value': 'It is ' || i}}] AS conversations, 'vqa' AS "
                            "data_source, NULL::STRUCT(bytes BLOB, path VARCHAR) AS image FROM "
                            "range(20) t(i)) TO {} (FORMAT parquet)",
                            SqlText(folder / "p.parquet")))
          .ok());
  DatasetSource source = SourceOf("p", {folder / "p.parquet"});
  source.format = SampleFormat::kParquet;
  for (const int64_t rows : {5, 7}) {
    ImportOptions options = SmallBlocks();
    options.limits.block_records = rows;
    const std::string whole = folder / fmt::format("whole{}", rows);
    CHECK(MustImport(whole, {source}, options)[0].dataset.samples == 20);
    for (int after = 0; after < 4; ++after) {
      const std::string pool = folder / fmt::format("stopped{}.{}", rows, after);
      int calls = 0;
      ImportOptions stopping = options;
      stopping.hooks.should_stop = [&] { return calls++ == after; };
      static_cast<void>(Import(pool, {source}, stopping));
      MustImport(pool, {source}, options);
      CHECK(DifferenceOf(whole, pool) == "");
    }
  }
}

TEST_CASE("What an interrupted import has done is not done again") {
  const TempDir folder(TempDir::Memory());
  const DatasetSource source = WriteSource(folder);
  ImportOptions options = SmallBlocks();
  int calls = 0;
  options.hooks.should_stop = [&calls] { return ++calls > 6; };
  CHECK_FALSE(Import(folder / "pool", {source}, options).ok());
  const std::string part = folder / "pool/work/set/part-00002.parquet";
  const auto written = std::filesystem::last_write_time(part);
  options = SmallBlocks();
  int64_t first_samples = -1;
  options.hooks.progress = [&first_samples](const ImportProgress& progress) {
    if (first_samples < 0) first_samples = progress.samples;
  };
  MustImport(folder / "pool", {source}, options);
  CHECK(first_samples > 10);
  CHECK(std::filesystem::last_write_time(folder / "pool/datasets/set.1/part-00002.parquet") ==
        written);
}

TEST_CASE("A changed source or other limits begin an interrupted import anew") {
  const TempDir folder(TempDir::Memory());
  const DatasetSource source = WriteSource(folder);
  ImportOptions stopping = SmallBlocks();
  int calls = 0;
  stopping.hooks.should_stop = [&calls] { return ++calls > 4; };
  CHECK_FALSE(Import(folder / "pool", {source}, stopping).ok());
  WriteRows(source.files[0], SampleRows("c", 50));
  MustImport(folder / "whole", {source});
  MustImport(folder / "pool", {source});
  CHECK(DifferenceOf(folder / "whole", folder / "pool") == "");

  calls = 0;
  CHECK_FALSE(Import(folder / "pool2", {source}, stopping).ok());
  ImportOptions other = SmallBlocks();
  other.limits.block_bytes = 5000;
  MustImport(folder / "whole2", {source}, other);
  MustImport(folder / "pool2", {source}, other);
  CHECK(DifferenceOf(folder / "whole2", folder / "pool2") == "");
}

TEST_CASE("Any number of threads writes the same bytes") {
  const TempDir folder(TempDir::Memory());
  const DatasetSource source = WriteSource(folder);
  MustImport(folder / "one", {source}, SmallBlocks(1));
  for (const int threads : {2, 4, 9}) {
    const std::string pool = folder / std::to_string(threads);
    MustImport(pool, {source}, SmallBlocks(threads));
    CHECK(DifferenceOf(folder / "one", pool) == "");
  }
}

TEST_CASE("A reader keeps the generation that it has opened while a new one is swapped in") {
  const TempDir folder(TempDir::Memory());
  const std::string v1 = WriteRows(folder / "v1.json", SampleRows("old", 40));
  const std::string v2 = WriteRows(folder / "v2.json", SampleRows("new", 70));
  MustImport(folder / "pool", {SourceOf("set", {v1})});
  auto old_pool = Pool::Open(folder / "pool");
  REQUIRE(old_pool.ok());
  auto old_sql = OpenPoolSql(*old_pool, {.threads = 1, .memory_mib = 256, .temp_folder = ""});
  REQUIRE(old_sql.ok());
  MustImport(folder / "pool", {SourceOf("set", {v2})});
  CHECK(old_pool->FindHash(HashOfId("old_39")).size() == 1);
  CHECK(old_pool->FindHash(HashOfId("new_0")).empty());
  CHECK(json::parse(*old_pool->ReadRecord({0, 39})).at("id") == "old_39");
  CHECK(testing::AnswersOf(&*old_sql, "SELECT count(*) FROM samples WHERE id LIKE 'old%'") ==
        std::vector<std::string>{"40"});
  auto new_pool = Pool::Open(folder / "pool");
  REQUIRE(new_pool.ok());
  CHECK(new_pool->manifest().generation == 2);
  CHECK(new_pool->FindHash(HashOfId("old_39")).empty());
  CHECK(json::parse(*new_pool->ReadRecord({0, 69})).at("id") == "new_69");
}

TEST_CASE("Readers see whole generations only while imports swap them") {
  const TempDir folder(TempDir::Memory());
  const std::vector<int> sizes = {40, 70};
  const std::vector<DatasetSource> versions = {
      SourceOf("set", {WriteRows(folder / "v0.json", SampleRows("s", sizes[0], 1))}),
      SourceOf("set", {WriteRows(folder / "v1.json", SampleRows("s", sizes[1], 2))})};
  const std::string folder_of_pool = folder / "pool";
  MustImport(folder_of_pool, {versions[0]});
  std::atomic<bool> is_over = false;
  std::atomic<int> opened = 0;
  std::atomic<int> wrong = 0;
  const auto read = [&] {
    while (!is_over) {
      auto pool = Pool::Open(folder_of_pool);
      ++opened;
      if (!pool.ok()) {
        ++wrong;
        continue;
      }
      const PoolDataset& dataset = pool->manifest().datasets.at(0);
      const size_t version = dataset.files.at(0).path == versions[0].files[0] ? 0 : 1;
      const auto last = static_cast<uint32_t>(sizes[version] - 1);
      const auto record = pool->ReadRecord({0, last});
      const bool is_right = dataset.samples == sizes[version] && record.ok() &&
                            json::parse(*record).at("id") == fmt::format("s_{}", last) &&
                            pool->FindHash(HashOfId("s_0")).size() == 1;
      if (!is_right) ++wrong;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) readers.emplace_back(read);
  for (size_t i = 1; i <= 20; ++i) MustImport(folder_of_pool, {versions[i % 2]});
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(opened > 20);
  CHECK(wrong == 0);
}

TEST_CASE("A second writer is refused while the first has the pool") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 3));
  const std::string pool = folder / "pool";
  {
    const auto writer = PoolWriter::Open(pool);
    REQUIRE(writer.ok());
    CHECK(Import(pool, {SourceOf("a", {file})}).status() ==
          FailedPrecondition(
              pool + ": another process is changing this pool; try again when it has ended"));
  }
  MustImport(pool, {SourceOf("a", {file})});
}

TEST_CASE("A data set is removed from the next generation, its files by the writer after it") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 3));
  const std::string pool = folder / "pool";
  MustImport(pool, {SourceOf("a", {file}), SourceOf("b", {file})});
  {
    auto writer = PoolWriter::Open(pool);
    REQUIRE(writer.ok());
    CHECK(writer->Remove("c") == NotFound(pool + ": has no data set 'c'"));
    REQUIRE(writer->Remove("a").ok());
  }
  CHECK(Pool::Open(pool)->manifest().datasets.size() == 1);
  CHECK(std::filesystem::exists(pool + "/datasets/a.1"));
  REQUIRE(PoolWriter::Open(pool).ok());
  CHECK_FALSE(std::filesystem::exists(pool + "/datasets/a.1"));
  CHECK(Pool::Open(pool)->ReadRecord({0, 2}).ok());
}

}  // namespace
}  // namespace flywheel
