#include "pool/sql/duck.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

Duck OpenDuck(const DuckLimits& limits = {}) {
  Result<Duck> duck = Duck::Open(limits);
  INFO(duck.status().message());
  REQUIRE(duck.ok());
  return *std::move(duck);
}

Status RunStatus(Duck& duck, const std::string& sql) { return duck.Run(sql); }

// Every row of a query as text, cells joined by '|'.
std::vector<std::string> Texts(Duck& duck, const std::string& sql) {
  Result<DuckRows> rows = duck.Query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" + sql + ")");
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  std::vector<std::string> texts;
  while (rows->Next().value()) {
    for (int64_t row = 0; row < rows->rows(); ++row) {
      std::string text;
      for (int column = 0; column < rows->columns(); ++column) {
        if (column > 0) text += '|';
        text += rows->IsNull(column, row) ? "NULL" : rows->Text(column, row);
      }
      texts.push_back(text);
    }
  }
  return texts;
}

int64_t Count(Duck& duck, const std::string& sql) {
  Result<DuckRows> rows = duck.Query(sql);
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  REQUIRE(rows->Next().value());
  return rows->Int(0, 0);
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Columns of every kind with `rows` rows.
struct AllKinds {
  explicit AllKinds(int rows) {
    for (int i = 0; i < rows; ++i) {
      flags.push_back(static_cast<uint8_t>(i % 2));
      small.push_back(-i);
      large.push_back(int64_t{1} << 40 | i);
      words.push_back(4000000000U + static_cast<uint32_t>(i));
      hashes.push_back(~uint64_t{0} - static_cast<uint64_t>(i));
      scores.push_back(static_cast<float>(i) / 4);
      stored.push_back(fmt::format("sample number {} of many 猫", i));
      blobs.push_back(std::string("\0\xff", 2) + std::to_string(i));
    }
    for (const std::string& text : stored) texts.push_back(text);
    for (const std::string& blob : blobs) blob_views.push_back(blob);
  }
  std::vector<DuckColumn> columns() const {
    return {{"flag", flags},  {"small", small},  {"large", large}, {"words", words},
            {"hash", hashes}, {"score", scores}, {"text", texts},  {"blob", DuckBlobs{blob_views}}};
  }
  std::vector<uint8_t> flags;
  std::vector<int32_t> small;
  std::vector<int64_t> large;
  std::vector<uint32_t> words;
  std::vector<uint64_t> hashes;
  std::vector<float> scores;
  std::vector<std::string> stored, blobs;
  std::vector<std::string_view> texts, blob_views;
};

// Compares every cell of `sql` with the columns.
void CheckSame(Duck& duck, const std::string& sql, const AllKinds& kinds) {
  Result<DuckRows> rows = duck.Query(sql);
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  REQUIRE(rows->columns() == 8);
  CHECK(rows->column_name(4) == "hash");
  CHECK(rows->column_type(4) == "UBIGINT");
  CHECK(rows->column_type(7) == "BLOB");
  size_t seen = 0;
  bool equal = true;
  while (rows->Next().value()) {
    for (int64_t row = 0; row < rows->rows(); ++row, ++seen) {
      REQUIRE(seen < kinds.flags.size());
      equal &=
          rows->Int(0, row) == kinds.flags[seen] && rows->Int(1, row) == kinds.small[seen] &&
          rows->Int(2, row) == kinds.large[seen] && rows->Unsigned(3, row) == kinds.words[seen] &&
          rows->Unsigned(4, row) == kinds.hashes[seen] &&
          rows->Real(5, row) == Approx(kinds.scores[seen]) &&
          rows->Text(6, row) == kinds.texts[seen] && rows->Text(7, row) == kinds.blob_views[seen];
    }
  }
  CHECK(equal);
  CHECK(seen == kinds.flags.size());
}

TEST_CASE("Columns of every kind come back from a table in their order") {
  Duck duck = OpenDuck();
  const AllKinds kinds(10000);
  REQUIRE(duck.CreateTable("a \"table\"", kinds.columns()).ok());
  CheckSame(duck, "SELECT * FROM " + SqlName("a \"table\""), kinds);
}

TEST_CASE("Rows are appended to a table in the order of its columns") {
  Duck duck = OpenDuck();
  const AllKinds kinds(3000);
  REQUIRE(duck.CreateTable("t", kinds.columns()).ok());
  REQUIRE(duck.Append("t", kinds.columns()).ok());
  CHECK(Count(duck, "SELECT count(*) FROM t") == 6000);
  CHECK(Count(duck, "SELECT sum(small) FROM t") == -int64_t{3000} * 2999);
  const std::vector<int64_t> one(5, 1);
  const Status status = duck.Append("t", std::vector<DuckColumn>{{"flag", one}});
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(Count(duck, "SELECT count(*) FROM t") == 6000);
}

TEST_CASE("A table without rows has its columns all the same") {
  Duck duck = OpenDuck();
  const AllKinds kinds(0);
  REQUIRE(duck.CreateTable("t", kinds.columns()).ok());
  CheckSame(duck, "SELECT * FROM t", kinds);
}

TEST_CASE("A Parquet file holds the columns, and equal columns give equal bytes") {
  const testing::TempDir folder;
  const AllKinds kinds(300000);
  std::string first;
  for (const int threads : {1, 2, 2}) {
    Duck duck = OpenDuck({threads, 256, ""});
    const std::string path = folder / "it's.parquet";
    const Status status = duck.WriteParquet(kinds.columns(), path);
    INFO(status.message());
    REQUIRE(status.ok());
    CheckSame(duck, "SELECT * FROM read_parquet(" + SqlText(path) + ")", kinds);
    const std::string bytes = ReadAll(path);
    if (first.empty()) first = bytes;
    CHECK(bytes == first);
    CHECK(Texts(duck, "SELECT DISTINCT compression FROM parquet_metadata(" + SqlText(path) + ")") ==
          std::vector<std::string>{"ZSTD"});
  }
}

TEST_CASE("Large rows are written in smaller groups") {
  const testing::TempDir folder;
  Duck duck = OpenDuck();
  const std::string image(40 << 10, 'x');
  const std::vector<std::string_view> images(5000, image);
  const std::string path = folder / "images.parquet";
  REQUIRE(duck.WriteParquet(std::vector<DuckColumn>{{"bytes", DuckBlobs{images}}}, path).ok());
  CHECK(Texts(duck, "SELECT DISTINCT row_group_num_rows FROM parquet_metadata(" + SqlText(path) +
                        ") ORDER BY ALL") == std::vector<std::string>{"904", "2048"});
}

TEST_CASE("Expressions over columns become NULLs, lists and structs of a Parquet file") {
  const testing::TempDir folder;
  Duck duck = OpenDuck();
  const std::vector<std::string_view> turns{R"([{"from":"human","value":"Hi"}])", "[]"};
  const std::vector<std::string_view> names{"a", ""};
  const std::string path = folder / "nested.parquet";
  const Status status =
      duck.WriteParquetAs(R"(nullif(name, '') AS name, )"
                          R"(from_json(turns, '[{"from":"VARCHAR","value":"VARCHAR"}]') AS turns)",
                          std::vector<DuckColumn>{{"turns", turns}, {"name", names}}, path);
  INFO(status.message());
  REQUIRE(status.ok());
  CHECK(Texts(duck, "SELECT name, turns[1].\"value\", len(turns) FROM read_parquet(" +
                        SqlText(path) + ")") == std::vector<std::string>{"a|Hi|1", "NULL|NULL|0"});
}

TEST_CASE("Columns that do not fit together are refused by name") {
  Duck duck = OpenDuck();
  const std::vector<int64_t> three{1, 2, 3};
  const std::vector<int32_t> two{1, 2};
  CHECK(duck.CreateTable("t", std::vector<DuckColumn>{{"a", three}, {"b", two}}).message() ==
        "column 'b' has 2 values, expected 3 as 'a' has");
  CHECK(duck.CreateTable("t", {}).message() == "expected at least one column, found none");
  const std::vector<std::string_view> texts{"fine", "\xc3("};
  CHECK(duck.CreateTable("t", std::vector<DuckColumn>{{"words", texts}}).message() ==
        "column 'words', row 1: expected valid UTF-8");
}

TEST_CASE("A query that ends in an error says so after the rows before it") {
  Duck duck = OpenDuck({1, 256, ""});
  Result<DuckRows> rows = duck.Query(
      "SELECT CASE WHEN i = 2000000 THEN error('row too far') ELSE i::VARCHAR END FROM "
      "range(3000000) t(i)");
  REQUIRE(rows.ok());
  int64_t seen = 0;
  Result<bool> more = rows->Next();
  for (; more.ok() && *more; more = rows->Next()) seen += rows->rows();
  CHECK(seen > 0);
  CHECK(seen <= 2000000);
  REQUIRE_FALSE(more.ok());
  CHECK(more.status().message().find("row too far") != std::string::npos);
}

TEST_CASE("Several answers are read side by side, and outlive their database") {
  std::optional<Duck> duck = OpenDuck();
  REQUIRE(duck->Run("CREATE TABLE t AS SELECT i FROM range(100000) r(i)").ok());
  Result<DuckRows> first = duck->Query("SELECT i FROM t");
  Result<DuckRows> second = duck->Query("SELECT i + 1 FROM t");
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  duck.reset();
  int64_t rows = 0;
  while (first->Next().value()) {
    REQUIRE(second->Next().value());
    REQUIRE(first->rows() == second->rows());
    CHECK(second->Int(0, 0) == first->Int(0, 0) + 1);
    rows += first->rows();
  }
  CHECK(rows == 100000);
}

TEST_CASE("A statement that fails is refused with DuckDB's words") {
  Duck duck = OpenDuck();
  CHECK(RunStatus(duck, "SELEKT 1").message().find("syntax error") != std::string::npos);
  CHECK(RunStatus(duck, "SELECT * FROM nothing").code() == StatusCode::kInvalidArgument);
  CHECK(RunStatus(duck, std::string("SELECT 1\0", 9)).message() == "the SQL holds a NUL byte");
  CHECK(RunStatus(duck, "  ").message() == "expected a statement, found none");
  CHECK(duck.Query("SELECT 1; SELECT 2").status().message() == "expected one statement, found 2");
  CHECK(duck.Query("SELECT nope").status().code() == StatusCode::kInvalidArgument);
  CHECK(RunStatus(duck, "SELECT * FROM flywheel_columns()").message().find("no columns") !=
        std::string::npos);
  CHECK(RunStatus(duck, "CREATE TABLE a AS SELECT 1 AS x; INSERT INTO a VALUES (2)").ok());
  CHECK(Count(duck, "SELECT sum(x) FROM a") == 3);
}

TEST_CASE(
    "Memory over the limit is RESOURCE_EXHAUSTED where nothing may spill, and works where it may") {
  const std::string sql =
      "SELECT count(*) FROM (SELECT i FROM range(12000000) r(i) ORDER BY i DESC LIMIT 11000000)";
  Duck tight = OpenDuck({2, 64, ""});
  CHECK(RunStatus(tight, sql).code() == StatusCode::kResourceExhausted);
  const testing::TempDir folder;
  Duck spilling = OpenDuck({2, 64, folder / "spill"});
  CHECK(Count(spilling, sql) == 11000000);
}

TEST_CASE("Extensions are neither installed nor loaded by themselves") {
  Duck duck = OpenDuck();
  for (const char* name : {"autoinstall_known_extensions", "autoload_known_extensions"}) {
    CHECK(Texts(duck, fmt::format("SELECT current_setting('{}')", name)) ==
          std::vector<std::string>{"false"});
  }
  CHECK_FALSE(RunStatus(duck, "SELECT * FROM read_parquet('https://localhost:1/x.parquet')").ok());
}

// A read-only database with one allowed folder beside a secret.
struct ReadOnly {
  ReadOnly() : duck(OpenDuck({2, 256, ""})) {
    std::filesystem::create_directories(folder / "pool");
    std::filesystem::create_directories(folder / "pool-private");
    std::ofstream(folder / "secret.csv") << "a\n42\n";
    std::ofstream(folder / "pool-private/secret.csv") << "a\n42\n";
    std::ofstream(folder / "pool/fine.csv") << "a\n7\n";
    REQUIRE(duck.Run("CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW v AS SELECT x + 1 AS y FROM t")
                .ok());
    const std::vector<std::string> allowed{folder / "pool"};
    const Status status = duck.MakeReadOnly(allowed);
    INFO(status.message());
    REQUIRE(status.ok());
  }
  StatusCode Code(const std::string& sql) { return duck.Query(sql).status().code(); }
  testing::TempDir folder;
  Duck duck;
};

TEST_CASE("A read-only database answers reads of its tables, views and folders") {
  ReadOnly read;
  CHECK(Count(read.duck, "SELECT y FROM v") == 2);
  CHECK(Count(read.duck, "SELECT a FROM read_csv('" + (read.folder / "pool/fine.csv") + "')") == 7);
  CHECK(Texts(read.duck, "SHOW TABLES") == std::vector<std::string>{"t", "v"});
  CHECK(read.Code("DESCRIBE t") == StatusCode::kOk);
  CHECK(read.Code("SUMMARIZE t") == StatusCode::kOk);
  CHECK(read.Code("EXPLAIN SELECT * FROM t") == StatusCode::kOk);
  CHECK(read.Code("PIVOT t ON x IN (1, 2) USING count(*)") == StatusCode::kOk);
  CHECK(read.Code(R"(SELECT '"function_name":"enable_logging"' AS "query")") == StatusCode::kOk);
  CHECK(read.Code("WITH a AS (SELECT 1) FROM a") == StatusCode::kOk);
  CHECK(read.Code(" explain\tanalyze SELECT * FROM t") == StatusCode::kOk);
  CHECK(read.duck.Run("SELECT 1; SELECT 2").ok());
  CHECK(read.duck.Query("SELEKT 1").status().message().starts_with("Parser Error: syntax error"));
}

TEST_CASE("A read-only database reads no other file") {
  ReadOnly read;
  for (const std::string& path :
       {read.folder / "secret.csv", read.folder / "pool-private/secret.csv",
        read.folder / "pool/../secret.csv", std::string("/etc/passwd")}) {
    INFO(path);
    CHECK(read.Code("SELECT * FROM read_csv('" + path + "')") == StatusCode::kPermissionDenied);
    CHECK(read.Code("SELECT * FROM read_text('" + path + "')") == StatusCode::kPermissionDenied);
    CHECK(read.Code("SELECT * FROM '" + path + "'") != StatusCode::kOk);
    CHECK(read.Code("SELECT * FROM glob('" + path + "')") != StatusCode::kOk);
    CHECK(read.Code("SELECT * FROM sniff_csv('" + path + "')") != StatusCode::kOk);
  }
}

TEST_CASE("A read-only database without folders reads no file at all") {
  const testing::TempDir folder;
  std::ofstream(folder / "a.csv") << "a\n42\n";
  Duck duck = OpenDuck();
  REQUIRE(duck.MakeReadOnly({}).ok());
  CHECK(duck.Query("SELECT * FROM read_csv('" + (folder / "a.csv") + "')").status().code() ==
        StatusCode::kPermissionDenied);
  CHECK(Count(duck, "SELECT 5") == 5);
}

TEST_CASE("A Parquet file that cannot be written says where") {
  const testing::TempDir folder;
  Duck duck = OpenDuck();
  const std::vector<int64_t> one{1};
  const std::vector<DuckColumn> columns{{"x", one}};
  const std::string path = folder / "absent/x.parquet";
  const Status status = duck.WriteParquet(columns, path);
  CHECK(status.message().starts_with("write " + path + ": IO Error: "));
  // The database is none the worse for it.
  CHECK(duck.WriteParquet(columns, folder / "x.parquet").ok());
  CHECK(duck.WriteParquet(columns, folder / "x.parquet").ok());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A read-only database changes nothing") {
  ReadOnly read;
  const std::string target = read.folder / "pool/out.parquet";
  const std::vector<std::string> writes{
      "COPY t TO '" + target + "'",
      "EXPLAIN ANALYZE COPY t TO '" + target + "'",
      "EXPLAIN (ANALYZE) COPY t TO '" + target + "'",
      "explain /* a */ analyze COPY t TO '" + target + "'",
      "EXPORT DATABASE '" + target + "'",
      "ATTACH '" + target + "' AS other",
      "INSERT INTO t VALUES (9)",
      "UPDATE t SET x = 9",
      "DELETE FROM t",
      "DROP TABLE t",
      "CREATE TABLE u AS SELECT 1",
      "SET enable_external_access = true",
      "SET allowed_directories = ['/']",
      "SET lock_configuration = false",
      "RESET lock_configuration",
      "PRAGMA enable_profiling",
      "INSTALL httpfs",
      "LOAD httpfs",
      "PREPARE p AS COPY t TO '" + target + "'",
      "CALL enable_logging()",
      "SELECT * FROM enable_logging(storage = 'file', storage_path = '" + target + "')",
      "SELECT * FROM system.main.Enable_Logging(storage = 'file', storage_path = '" + target + "')",
      "FROM query('FROM enable_logging()')",
      "SELECT * FROM \"enable_logging\"()",
      "FROM query('COPY t TO ''" + target + "''')",
      "WITH a AS (COPY t TO '" + target + "') FROM a",
      "VACUUM",
      "CHECKPOINT",
      "BEGIN"};
  for (const std::string& sql : writes) {
    INFO(sql);
    CHECK_FALSE(read.duck.Query(sql).ok());
    CHECK_FALSE(read.duck.Run(sql).ok());
    CHECK_FALSE(read.duck.Run("SELECT 1; " + sql).ok());
  }
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(Count(read.duck, "SELECT sum(x) FROM t") == 1);
  const std::vector<int64_t> one{1};
  const std::vector<DuckColumn> columns{{"x", one}};
  CHECK(read.duck.Append("t", columns).code() == StatusCode::kPermissionDenied);
  CHECK(read.duck.CreateTable("w", columns).code() == StatusCode::kPermissionDenied);
  CHECK(read.duck.WriteParquet(columns, target).code() == StatusCode::kPermissionDenied);
  CHECK(
      read.duck.Query("INSERT INTO t VALUES (9)").status().message() ==
      "the statement is not a read; expected SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE or PIVOT");
}

TEST_CASE("Quotes in SQL texts and names are doubled") {
  CHECK(SqlText("it's") == "'it''s'");
  CHECK(SqlName("od\"d") == "\"od\"\"d\"");
}

}  // namespace
}  // namespace flywheel
