#include "pool/formats/parquet_samples.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

struct Shards {
  Shards() : duck(Duck::Open({2, 512, ""}).value()) {}
  // Writes what the SQL selects.
  std::string Write(const std::string& name, const std::string& sql, int group_rows = 2048) {
    const std::string path = folder / name;
    const Status status = duck.Run(fmt::format(
        "COPY ({}) TO {} (FORMAT parquet, ROW_GROUP_SIZE {})", sql, SqlText(path), group_rows));
    INFO(status.message());
    REQUIRE(status.ok());
    return path;
  }
  testing::TempDir folder;
  Duck duck;
};

// `rows` rows as LLaVA-NeXT-Data lays them out, with `image` as the SQL for the column.
std::string Next(int rows, const std::string& image) {
  return fmt::format(
      "SELECT 'id' || i AS id, [{{'from': 'human', 'value': CASE WHEN i % 3 = 0 THEN 'What' ELSE "
      "'<image>\n' || i END}}, {{'from': 'gpt', 'value': 'A \"thing\"'}}] AS conversations, "
      "'src' || i % 2 AS data_source, {} AS image FROM range({}) t(i)",
      image, rows);
}

constexpr const char* kImage =
    "CASE WHEN i % 3 != 0 THEN {'bytes': ('image ' || i)::BLOB, 'path': i || '.png'} END";

struct Read {
  Result<ParquetNotes> notes = ParquetNotes{};
  std::vector<ParquetSample> samples;
};

Read ReadAll(Shards& shards, const std::string& path) {
  Read read;
  read.notes = ForEachParquetSample(shards.duck, path, [&read](const ParquetSample& sample) {
    read.samples.push_back(sample);
    return OkStatus();
  });
  return read;
}

std::string ErrorOf(Shards& shards, const std::string& path) {
  const std::string message = ReadAll(shards, path).notes.status().message();
  CHECK(message.starts_with(path + ": "));
  return message.substr(std::min(message.size(), path.size() + 2));
}

TEST_CASE("Rows of a shard come in their order with where their image lies") {
  Shards shards;
  const std::string path = shards.Write("next.parquet", Next(10000, kImage));
  const Read read = ReadAll(shards, path);
  INFO(read.notes.status().message());
  REQUIRE(read.notes.ok());
  CHECK(read.notes->left_out.empty());
  CHECK(read.notes->groups_read == 0);
  REQUIRE(read.samples.size() == 10000);
  for (size_t i = 0; i < read.samples.size(); ++i) {
    const ParquetSample& sample = read.samples[i];
    REQUIRE(sample.row == static_cast<int64_t>(i));
    REQUIRE(sample.id == fmt::format("id{}", i));
    REQUIRE(sample.image == (i % 3 == 0 ? ImagePlace::kNone : ImagePlace::kInFile));
    REQUIRE(sample.image_path == (i % 3 == 0 ? "" : fmt::format("{}.png", i)));
    REQUIRE(sample.data_source == (i % 2 == 0 ? "src0" : "src1"));
  }
  CHECK(read.samples[7].conversations ==
        R"([{"from":"human","value":"<image>\n7"},{"from":"gpt","value":"A \"thing\""}])");
  CHECK(read.samples[7].image_extension() == ".png");
  CHECK(read.samples[0].image_extension() == ".jpg");
}

TEST_CASE("Columns may stand in any order, and others are kept") {
  Shards shards;
  const std::string path = shards.Write(
      "recap.parquet",
      "SELECT 0.5 AS score, {'path': NULL::VARCHAR, 'bytes': 'x'::BLOB} AS image, "
      "'a'::BLOB AS thumbnail, NULL::VARCHAR AS note, 42 AS id, "
      "[{'value': '<image>', 'from': 'human'}, {'value': 'Ho', 'from': 'gpt'}] AS conversations");
  const Read read = ReadAll(shards, path);
  INFO(read.notes.status().message());
  REQUIRE(read.notes.ok());
  CHECK(read.notes->left_out == std::vector<std::string>{"thumbnail"});
  REQUIRE(read.samples.size() == 1);
  CHECK(read.samples[0].image == ImagePlace::kInFile);
  CHECK(read.samples[0].image_extension() == ".jpg");
  const Result<LlavaRow> row = RowFromParquet(read.samples[0], "42.jpg");
  INFO(row.status().message());
  REQUIRE(row.ok());
  CHECK(FormatLlavaRow(*row) ==
        R"({"id":"42","image":"42.jpg","conversations":[{"from":"human","value":"<image>"},)"
        R"({"from":"gpt","value":"Ho"}],"score":0.5})");
}

TEST_CASE("Plain columns of LLaVA rows are read, their images lying elsewhere") {
  Shards shards;
  const std::vector<std::string_view> ids{"a", "b"};
  const std::vector<std::string_view> images{"coco/a.jpg", ""};
  const std::vector<std::string_view> turns{
      R"([{"from":"human","value":"<image>"},{"from":"gpt","value":"Ho"}])",
      R"([{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"}])"};
  const std::string path = shards.folder / "plain.parquet";
  REQUIRE(shards.duck
              .WriteParquet(
                  std::vector<DuckColumn>{{"id", ids}, {"image", images}, {"conversations", turns}},
                  path)
              .ok());
  const Read read = ReadAll(shards, path);
  INFO(read.notes.status().message());
  REQUIRE(read.samples.size() == 2);
  CHECK(read.samples[0].image == ImagePlace::kOutside);
  CHECK(read.samples[1].image == ImagePlace::kNone);
  CHECK(RowFromParquet(read.samples[0], read.samples[0].image_path)->image == "coco/a.jpg");
  CHECK(RowFromParquet(read.samples[1], "")->image.empty());
}

// Whether each row is said to hold an image exactly when it does.
void CheckPlaces(Shards& shards, const std::string& path, int groups_read) {
  const Read read = ReadAll(shards, path);
  INFO(read.notes.status().message());
  REQUIRE(read.notes.ok());
  CHECK(read.notes->groups_read == groups_read);
  std::vector<ParquetPlace> places;
  for (const ParquetSample& sample : read.samples) places.push_back({path, sample.row});
  size_t wrong = 0, seen = 0;
  const Status status = ReadParquetRows(
      shards.duck, places, [&](size_t index, const ParquetSample& sample, std::string_view image) {
        ++seen;
        wrong += sample == read.samples[index] ? 0 : 1;
        wrong += image.empty() == (sample.image == ImagePlace::kInFile) ? 1 : 0;
        return OkStatus();
      });
  INFO(status.message());
  CHECK(status.ok());
  CHECK(seen == places.size());
  CHECK(wrong == 0);
}

TEST_CASE(
    "Where images lie is told from statistics, paths or texts, and from bytes only at the last") {
  Shards shards;
  CheckPlaces(shards, shards.Write("a.parquet", Next(5000, "{'bytes': 'x'::BLOB, 'path': 'p'}")),
              0);
  CheckPlaces(shards,
              shards.Write("b.parquet", Next(5000, "NULL::STRUCT(bytes BLOB, path VARCHAR)")), 0);
  CheckPlaces(shards, shards.Write("c.parquet", Next(5000, kImage)), 0);
  // No paths, as when a data set was made from pictures in memory: the texts tell.
  CheckPlaces(
      shards,
      shards.Write(
          "d.parquet",
          Next(5000, "CASE WHEN i % 3 != 0 THEN {'bytes': 'x'::BLOB, 'path': NULL::VARCHAR} END")),
      0);
  // Neither tells in the first two groups of three; the last has no image.
  CheckPlaces(shards,
              shards.Write("e.parquet", Next(6000,
                                             "CASE WHEN i % 5 = 0 AND i < 4096 THEN {'bytes': "
                                             "'x'::BLOB, 'path': NULL::VARCHAR} END")),
              2);
  CheckPlaces(shards,
              shards.Write("f.parquet", Next(3000, "CASE WHEN i % 3 != 0 THEN 'x'::BLOB END")), 0);
  CheckPlaces(shards, shards.Write("g.parquet", Next(0, kImage)), 0);
}

TEST_CASE("Chosen rows of several files come with their bytes, each for the place that asked") {
  Shards shards;
  const std::string one = shards.Write("one.parquet", Next(9000, kImage));
  const std::string two = shards.Write("two.parquet", Next(100, kImage));
  std::vector<ParquetPlace> places{{two, 7}, {one, 8999}, {one, 1}, {two, 7}, {two, 3}};
  for (int i = 0; i < 3000; ++i) places.push_back({one, i * 3 + 1});
  std::vector<std::string> seen(places.size());
  const Status status = ReadParquetRows(
      shards.duck, places, [&](size_t index, const ParquetSample& sample, std::string_view image) {
        CHECK(sample.row == places[index].row);
        seen[index] = image;
        return OkStatus();
      });
  INFO(status.message());
  REQUIRE(status.ok());
  CHECK(seen[0] == "image 7");
  CHECK(seen[1] == "image 8999");
  CHECK(seen[2] == "image 1");
  CHECK(seen[3] == "image 7");
  CHECK(seen[4].empty());
  for (int i = 0; i < 3000; ++i) REQUIRE(seen[5 + i] == fmt::format("image {}", i * 3 + 1));
  const auto take = [](size_t, const ParquetSample&, std::string_view) { return OkStatus(); };
  const std::vector<ParquetPlace> past{{two, 5}, {two, 100}};
  const Status missing = ReadParquetRows(shards.duck, past, take);
  CHECK(missing.code() == StatusCode::kNotFound);
  CHECK(missing.message() == two + ": a row from 5 to 100 is past the end of the file");
}

TEST_CASE("Columns that are missing or of another type are named with what was found") {
  Shards shards;
  const std::string turns = "[{'from': 'human', 'value': 'Hi'}] AS conversations";
  CHECK(ErrorOf(shards, shards.Write("a.parquet", "SELECT 'x' AS text, 1 AS n")) ==
        "columns id and conversations are missing; found text (VARCHAR), n (INTEGER)");
  CHECK(ErrorOf(shards, shards.Write("b.parquet", "SELECT 'x' AS id, 'y' AS image")) ==
        "column conversations is missing; found id (VARCHAR), image (VARCHAR)");
  CHECK(ErrorOf(shards, shards.Write("c.parquet", "SELECT 'x' AS id, ['a'] AS conversations")) ==
        "column conversations: expected STRUCT(\"from\" VARCHAR, \"value\" VARCHAR)[] or JSON as "
        "VARCHAR, found VARCHAR[]");
  CHECK(
      ErrorOf(shards, shards.Write("d.parquet", "SELECT 'x' AS id, ['a'] AS image, " + turns)) ==
      "column image: expected STRUCT(bytes BLOB, path VARCHAR), VARCHAR or BLOB, found VARCHAR[]");
}

TEST_CASE("A file that is no Parquet file, is cut, absent or a pattern is refused by name") {
  Shards shards;
  const std::string path = shards.Write("next.parquet", Next(3000, kImage));
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto write = [&shards](const std::string& name, const std::string& text) {
    std::ofstream(shards.folder / name, std::ios::binary) << text;
    return shards.folder / name;
  };
  CHECK(ErrorOf(shards, write("text.parquet", "hello, this is not it")) != "");
  CHECK(ErrorOf(shards, write("cut.parquet", bytes.substr(0, bytes.size() / 2))) != "");
  CHECK(ErrorOf(shards, write("empty.parquet", "")) != "");
  CHECK(ErrorOf(shards, shards.folder / "absent.parquet").find("No files found") !=
        std::string::npos);
  CHECK(ErrorOf(shards, shards.folder / "*.parquet") ==
        "a path with *, ? or [ would be read as a pattern of paths");
  std::string damaged = bytes;
  for (size_t i = 100; i < 2000; ++i) damaged[i] = static_cast<char>(i * 31);
  CHECK_FALSE(ReadAll(shards, write("damaged.parquet", damaged)).notes.ok());
}

TEST_CASE("A failure of the side that takes rows ends the reading and names the row") {
  Shards shards;
  const std::string path = shards.Write("next.parquet", Next(5000, kImage));
  int64_t taken = 0;
  const Status status = ForEachParquetSample(shards.duck, path, [&taken](const ParquetSample&) {
                          return ++taken == 3000 ? Aborted("enough") : OkStatus();
                        }).status();
  CHECK(status.message() == path + ": row 2999: enough");
  CHECK(taken == 3000);
}

TEST_CASE("A row that no trainer could read is refused") {
  ParquetSample sample{
      .row = 0,
      .id = "a",
      .conversations = R"([{"from":"human","value":"<image>"},{"from":"gpt","value":"Ho"}])",
      .data_source = "",
      .others = "",
      .image_path = ""};
  CHECK(RowFromParquet(sample, "a.jpg").ok());
  CHECK(RowFromParquet(sample, "../a.jpg").status().message() ==
        "image: '../a.jpg' leads out of the image folder");
  CHECK(RowFromParquet(sample, "").status().message() ==
        "image: is missing, but a human turn says \"<image>\"");
  sample.conversations = R"([{"from":"human","value":null}])";
  CHECK(RowFromParquet(sample, "a.jpg").status().message() ==
        "conversations[0]: value: expected a string, found null");
  sample.conversations = "[{";
  CHECK(RowFromParquet(sample, "a.jpg")
            .status()
            .message()
            .starts_with("conversations: json:1:3: not valid JSON"));
  sample.conversations = "";
  CHECK(RowFromParquet(sample, "a.jpg").status().message() == "conversations: is NULL");
  sample.id = "";
  CHECK(RowFromParquet(sample, "a.jpg").status().message() == "id: is NULL");
}

}  // namespace
}  // namespace flywheel
