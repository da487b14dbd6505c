// `flywheel pool import`, `stats`, `query` and `select` as scripts use them.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::set<std::string> KeysOf(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

CommandResult Must(const std::vector<std::string>& arguments) {
  CommandResult result = RunFlywheel(arguments);
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  return result;
}

json Row(const std::string& id) {
  return {{"id", id},
          {"image", "coco/" + id + ".jpg"},
          {"conversations",
           {{{"from", "human"}, {"value", "<image>\nHow many dogs are there?"}},
            {{"from", "gpt"}, {"value", "Two."}}}}};
}

// A pool of one data set of 40 samples, two of one id, and a record that is rejected.
class SmallPool {
 public:
  SmallPool() {
    json rows = json::array();
    for (int i = 0; i < 39; ++i) rows.push_back(Row("set_" + std::to_string(i)));
    rows.push_back(Row("set_7"));
    rows.push_back({{"id", "bad"}, {"image", "../x.jpg"}, {"conversations", json::array()}});
    REQUIRE(WriteFile(folder_ / "set.json", rows.dump(2)).ok());
    Must({"pool", "import", folder_ / "set.json", "--pool", path()});
  }
  std::string path() const { return folder_ / "pool"; }
  const TempDir& folder() const { return folder_; }
  std::string Write(const std::string& name, const std::string& text) const {
    REQUIRE(WriteFile(folder_ / name, text).ok());
    return folder_ / name;
  }
  CommandResult Select(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"pool", "select", "--pool", path()});
    return RunFlywheel(arguments);
  }

 private:
  TempDir folder_;
};

TEST_CASE("A synthetic pool is imported whole, and its statistics have the contract's members") {
  const TempDir folder;
  Must({"pool", "synthesize", "--samples", "20000", "--out", folder / "d"});
  const json imported =
      json::parse(Must({"pool", "import", folder / "d", "--pool", folder / "p", "--json"}).out);
  CHECK(imported.at("samples") == 20000);
  CHECK(imported.at("rejected") == 0);
  const json stats = json::parse(Must({"pool", "stats", "--pool", folder / "p", "--json"}).out);
  CHECK(KeysOf(stats) == std::set<std::string>{"n", "datasets", "rejected"});
  CHECK(stats.at("n") == 20000);
  CHECK(stats.at("rejected") == json::array());
  REQUIRE(stats.at("datasets").size() == 21);
  int64_t samples = 0;
  for (const json& dataset : stats.at("datasets")) {
    CHECK(KeysOf(dataset) == std::set<std::string>{"name", "category", "samples", "expected",
                                                   "images", "missing_images"});
    CHECK(dataset.at("category") != "unknown");
    CHECK(dataset.at("expected") > dataset.at("samples"));
    CHECK(dataset.at("images") <= dataset.at("samples"));
    CHECK(dataset.at("missing_images").is_null());
    samples += dataset.at("samples").get<int64_t>();
  }
  CHECK(samples == 20000);
  // Once more: nothing has changed.
  const auto manifest = ReadFile(folder / "p/pool.json").value();
  const json again =
      json::parse(Must({"pool", "import", folder / "d", "--pool", folder / "p", "--json"}).out);
  for (const json& dataset : again.at("datasets")) CHECK(dataset.at("change") == "unchanged");
  CHECK(ReadFile(folder / "p/pool.json").value() == manifest);
  // The data set that the original script cannot reach.
  const json row = json::parse(ReadFile(folder / "d/data/llava_v1.5.json").value()).at(3);
  REQUIRE(WriteFile(folder / "ids", "llava_v1.5:" + row.at("id").get<std::string>()).ok());
  Must({"pool", "select", "--pool", folder / "p", "--ids", folder / "ids", "--out", folder / "s"});
  const json selected = json::parse(ReadFile(folder / "s/llava.json").value());
  CHECK(selected.at(0).at("id") == row.at("id"));
}

TEST_CASE("Rejected records are in the statistics and can be asked for") {
  const SmallPool pool;
  const json stats = json::parse(Must({"pool", "stats", "--pool", pool.path(), "--json"}).out);
  CHECK(stats.at("rejected") ==
        json::array({{{"dataset", "set"}, {"reason", "image_outside_root"}, {"records", 1}}}));
  const json rejects = json::parse(
      Must({"pool", "query", "--pool", pool.path(), "--json", "SELECT * FROM rejects"}).out);
  REQUIRE(rejects.size() == 1);
  CHECK(rejects[0].at("record") == 41);
  CHECK(rejects[0].at("file") == pool.folder() / "set.json");
  const CommandResult strict = RunFlywheel({"pool", "import", pool.folder() / "set.json", "--pool",
                                            pool.folder() / "strict", "--strict"});
  CHECK(strict.exit_code == 1);
  CHECK(strict.err.find((pool.folder() / "set.json") + ": byte ") != std::string::npos);
  CHECK(strict.err.find("record 41: image_outside_root") != std::string::npos);
}

TEST_CASE("A list of ids gives its records in its order, each equal to its source") {
  const SmallPool pool;
  const std::string ids = pool.Write("ids.txt", "set_30\nset_2\nset:set_7#2\n");
  const CommandResult result = pool.Select({"--ids", ids, "--out", pool.folder() / "out"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(fs::exists(pool.folder() / "out/selection.parquet"));
  CHECK(json::parse(ReadFile(pool.folder() / "out/llava.json").value()) ==
        json::array({Row("set_30"), Row("set_2"), Row("set_7")}));
}

TEST_CASE("An unknown id is exit code 1 with its line, and nothing is written") {
  const SmallPool pool;
  const CommandResult result = pool.Select(
      {"--ids", pool.Write("ids.txt", "set_1\nset_99\n"), "--out", pool.folder() / "out"});
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("ids.txt:2: no sample has the id 'set_99'") != std::string::npos);
  CHECK_FALSE(fs::exists(pool.folder() / "out"));
}

TEST_CASE("A predicate with a count and a seed chooses the same samples again") {
  const SmallPool pool;
  for (const char* out : {"one", "two"}) {
    const CommandResult result = pool.Select({"--where", "id LIKE 'set_1%'", "--count", "5",
                                              "--seed", "9", "--out", pool.folder() / out});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
  for (const char* file : {"/llava.json", "/selection.parquet"}) {
    CHECK(ReadFile((pool.folder() / "one") + file).value() ==
          ReadFile((pool.folder() / "two") + file).value());
  }
  CHECK(json::parse(ReadFile(pool.folder() / "one/llava.json").value()).size() == 5);
  const CommandResult rest = pool.Select({"--where", "id LIKE 'set_1%'", "--exclude",
                                          pool.folder() / "one/selection.parquet", "--out",
                                          pool.folder() / "rest", "--json"});
  REQUIRE(rest.exit_code == 0);
  CHECK(json::parse(rest.out).at("selected") == 6);
}

TEST_CASE("A short stratum is exit code 0 with the counts, and 1 with --strict") {
  const SmallPool pool;
  const std::string weights = pool.Write("w.json", R"({"Instances Counting": 1, "9": 1})");
  std::vector<std::string> arguments = {"--weights",           weights, "--count", "20", "--out",
                                        pool.folder() / "out", "--json"};
  const CommandResult untagged = pool.Select(arguments);
  CHECK(untagged.exit_code == 1);
  CHECK(untagged.err.find("flywheel pool tag --pool " + pool.path()) != std::string::npos);
  Must({"pool", "tag", "--pool", pool.path()});
  const CommandResult result = pool.Select(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json summary = json::parse(result.out);
  CHECK(summary.at("short") == true);
  CHECK(summary.at("selected") == 10);
  int64_t wanted = 0;
  for (const json& stratum : summary.at("strata")) wanted += stratum.at("wanted").get<int64_t>();
  CHECK(wanted == 20);
  arguments[5] = pool.folder() / "strict";
  arguments.push_back("--strict");
  const CommandResult strict = pool.Select(arguments);
  CHECK(strict.exit_code == 1);
  CHECK(json::parse(strict.out).at("strata") == summary.at("strata"));
  CHECK_FALSE(fs::exists(pool.folder() / "strict"));
}

TEST_CASE("Wrong usage of the pool's commands is exit code 2, a wrong predicate or pool is 1") {
  const SmallPool pool;
  const std::string out = pool.folder() / "out";
  CHECK(RunFlywheel({"pool", "import", "--pool", out}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "import", "x.json"}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "stats"}).exit_code == 2);
  CHECK(pool.Select({"--out", out}).exit_code == 2);
  CHECK(pool.Select({"--count", "3"}).exit_code == 2);
  CHECK(pool.Select({"--count", "many", "--out", out}).exit_code == 2);
  CHECK(pool.Select({"--where", "true", "--ids", "x", "--out", out}).exit_code == 2);
  CHECK(pool.Select({"--where", "no_column", "--out", out}).exit_code == 1);
  CHECK(RunFlywheel({"pool", "stats", "--pool", out}).exit_code == 1);
  CHECK(RunFlywheel({"pool", "query", "--pool", pool.path(), "DROP VIEW samples"}).exit_code == 1);
  CHECK_FALSE(fs::exists(out));
}

// The bytes of the pool's files by path, without the lock.
std::map<std::string, std::string> FilesOf(const std::string& pool) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(pool)) {
    if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
    files[fs::relative(entry.path(), pool)] = ReadFile(entry.path()).value();
  }
  return files;
}

TEST_CASE("An import that is killed again and again ends with the bytes of one that was not") {
  const TempDir folder;
  Must({"pool", "synthesize", "--samples", "40000", "--out", folder / "d"});
  Must({"pool", "import", folder / "d", "--pool", folder / "whole"});
  const auto whole = FilesOf(folder / "whole");
  int kills = 0;
  for (double seconds = 0.03; seconds < 60; seconds += 0.03) {
    RunningCommand command({"pool", "import", folder / "d", "--pool", folder / "killed"});
    const CommandResult result = command.Wait(seconds);  // SIGKILL when the time is over
    if (result.exit_code == 0) break;
    REQUIRE(result.exit_code == -1);
    ++kills;
  }
  CHECK(kills > 0);
  Must({"pool", "import", folder / "d", "--pool", folder / "killed"});
  CHECK(FilesOf(folder / "killed") == whole);
}

TEST_CASE("An interrupted import says how to go on, and does") {
  const TempDir folder;
  Must({"pool", "synthesize", "--samples", "200000", "--out", folder / "d"});
  RunningCommand command({"pool", "import", folder / "d", "--pool", folder / "p"});
  command.Signal(SIGINT);
  const CommandResult result = command.Wait(60);
  CHECK(result.exit_code != 0);
  const json imported =
      json::parse(Must({"pool", "import", folder / "d", "--pool", folder / "p", "--json"}).out);
  CHECK(imported.at("samples") == 200000);
}

}  // namespace
}  // namespace flywheel::testing
