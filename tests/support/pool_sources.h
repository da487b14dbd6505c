// Data files for a pool in a test, imports with blocks so small that a few samples are several
// parts, and what a pool's folder holds, for comparing two.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/io/files.h"
#include "base/rng.h"
#include "pool/index/importer.h"
#include "pool/index/pool_sql.h"
#include "pool/index/pool_writer.h"

namespace flywheel::testing {

inline nlohmann::json SampleRow(const std::string& id, const std::string& question,
                                const std::string& image = "coco/a.jpg") {
  nlohmann::json row = {{"id", id},
                        {"conversations",
                         {{{"from", "human"}, {"value", question}},
                          {{"from", "gpt"}, {"value", "It is " + id + "."}}}}};
  if (!image.empty()) row["image"] = image;
  return row;
}

// `count` rows "<prefix>_<i>" of different sizes; each tenth is text only.
inline nlohmann::json SampleRows(const std::string& prefix, int count, uint64_t seed = 1) {
  Rng rng(seed);
  nlohmann::json rows = nlohmann::json::array();
  for (int i = 0; i < count; ++i) {
    const std::string question =
        fmt::format("What is {} {}?", rng.Below(1000), std::string(1 + rng.Below(80), 'x'));
    const std::string image = i % 10 == 9 ? "" : fmt::format("coco/{}.jpg", i % 50);
    rows.push_back(SampleRow(fmt::format("{}_{}", prefix, i), question, image));
  }
  return rows;
}

// Writes the rows as a JSON array; returns the path.
inline std::string WriteRows(const std::string& path, const nlohmann::json& rows) {
  REQUIRE(WriteFile(path, rows.dump(1)).ok());
  return path;
}

inline DatasetSource SourceOf(const std::string& name, std::vector<std::string> files) {
  return {.name = name, .category = "vqa", .images_root = "", .files = std::move(files)};
}

// Several parts for a few samples.
inline ImportOptions SmallBlocks(int threads = 1) {
  ImportOptions options;
  options.threads = threads;
  options.limits = {.block_bytes = 3000, .block_records = 1000, .record_bytes = 20'000};
  return options;
}

inline Result<std::vector<ImportedDataset>> Import(const std::string& pool,
                                                   const std::vector<DatasetSource>& sources,
                                                   const ImportOptions& options = SmallBlocks()) {
  return ImportIntoPool(pool, sources, options);
}

// Fails the test when the import does.
inline std::vector<ImportedDataset> MustImport(const std::string& pool,
                                               const std::vector<DatasetSource>& sources,
                                               const ImportOptions& options = SmallBlocks()) {
  auto imported = ImportIntoPool(pool, sources, options);
  INFO(imported.status().ToString());
  REQUIRE(imported.ok());
  return *std::move(imported);
}

// The bytes of all files by path below the folder, without the lock.
inline std::map<std::string, std::string> FilesBelow(const std::string& folder) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
    files[fs::relative(entry.path(), folder)] = ReadFile(entry.path()).value();
  }
  return files;
}

// Says which files of two pools differ, without their bytes. Earlier generations are removed first,
// as the next writer does.
inline std::string DifferenceOf(const std::string& folder, const std::string& other) {
  REQUIRE(PoolWriter::Open(folder).ok());
  REQUIRE(PoolWriter::Open(other).ok());
  const auto files = FilesBelow(folder);
  const auto others = FilesBelow(other);
  std::string difference;
  for (const auto& [path, bytes] : files) {
    const auto found = others.find(path);
    if (found == others.end()) difference += "only here: " + path + "\n";
    if (found != others.end() && found->second != bytes) difference += "differs: " + path + "\n";
  }
  for (const auto& [path, bytes] : others) {
    if (!files.contains(path)) difference += "only there: " + path + "\n";
  }
  return difference;
}

// The first column of the answer, each value as text.
inline std::vector<std::string> AnswersOf(Duck* duck, const std::string& sql) {
  std::vector<std::string> answers;
  auto rows = duck->Query(fmt::format("SELECT COLUMNS(*)::VARCHAR FROM ({})", sql));
  INFO(rows.status().ToString());
  REQUIRE(rows.ok());
  while (true) {
    const auto more = rows->Next();
    REQUIRE(more.ok());
    if (!*more) return answers;
    for (int64_t i = 0; i < rows->rows(); ++i) {
      answers.emplace_back(rows->IsNull(0, i) ? "NULL" : rows->Text(0, i));
    }
  }
}

inline std::vector<std::string> AskPool(const std::string& pool, const std::string& sql) {
  const auto opened = Pool::Open(pool);
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  auto duck = OpenPoolSql(*opened, {.threads = 1, .memory_mib = 256, .temp_folder = ""});
  INFO(duck.status().ToString());
  REQUIRE(duck.ok());
  return AnswersOf(&*duck, sql);
}

}  // namespace flywheel::testing
