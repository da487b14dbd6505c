// `flywheel pool check`, `submit` and `pack` as people run them: exit codes, words and files.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr const char* kRows =
    R"([{"id":"coco_0","image":"coco/a.jpg","conversations":[{"from":"human","value":)"
    R"("<image>\nWhat?"},{"from":"gpt","value":"A cat."}]},)"
    R"({"id":"text_0","conversations":[{"from":"human","value":"Hi"},)"
    R"({"from":"gpt","value":"Ho"}]}])";

// A pool of two samples, one of them with an image that is not there.
struct SmallPool {
  SmallPool() {
    REQUIRE(MakeDirectories(folder / "images/coco").ok());
    REQUIRE(WriteFile(folder / "rows.json", kRows).ok());
    const CommandResult imported = RunFlywheel(
        {"pool", "import", folder / "rows.json", "--pool", pool, "--images", folder / "images"});
    INFO(imported.err);
    REQUIRE(imported.exit_code == 0);
  }
  // A GIF of one pixel under the name of a JPEG: decodes, but is wrongly named.
  void AddImage() const {
    const std::string gif(
        "GIF89a\1\0\1\0\x80\0\0\0\0\0\x7f\x7f\x7f,\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0;", 35);
    REQUIRE(WriteFile(folder / "images/coco/a.jpg", gif).ok());
  }

  TempDir folder;
  std::string pool = folder / "pool";
};

TEST_CASE("A check fails on a missing image, not on a wrong name, and says which") {
  const SmallPool made;
  const CommandResult missing =
      RunFlywheel({"pool", "check", "--pool", made.pool, "--report", made.folder / "f.jsonl"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.out.find("1 sample of rows") != std::string::npos);
  CHECK(json::parse(ReadFile(made.folder / "f.jsonl").value()).at("problem") == "missing");
  made.AddImage();
  const CommandResult named = RunFlywheel({"pool", "check", "--pool", made.pool, "--json"});
  CHECK(named.exit_code == 0);
  const json report = json::parse(named.out);
  CHECK(report.at("images") == 1);
  CHECK(report.at("stops_training") == false);
  CHECK(report.at("problems").at("wrong_extension") == 1);
  CHECK(report.at("findings").at(0).at("image") == "coco/a.jpg");
  CHECK(RunFlywheel({"pool", "check", "--pool", made.pool, "--report", "f.csv"}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "check", "--pool", made.pool, "--dataset", "no"}).exit_code == 1);
  CHECK(RunFlywheel({"pool", "check"}).exit_code == 2);
}

TEST_CASE("A submission is valid or not by its exit code, and every problem has its line") {
  const SmallPool made;
  const std::string ids = made.folder / "ids.txt";
  REQUIRE(WriteFile(ids, "text_0\ncoco_0\n").ok());
  CHECK(RunFlywheel({"pool", "submit", "--pool", made.pool, "--standard", ids}).exit_code == 0);
  REQUIRE(WriteFile(ids, "text_0\n\ncoco_1\n").ok());
  const CommandResult wrong =
      RunFlywheel({"pool", "submit", "--pool", made.pool, "--standard", ids, "--json"});
  CHECK(wrong.exit_code == 1);
  const json report = json::parse(wrong.out);
  CHECK(report.at("valid") == false);
  CHECK(report.at("counts").at("blank_line") == 1);
  CHECK(report.at("problems").at(1).at("message") ==
        "line 3: id 'coco_1' is unknown; did you mean 'coco_0'?");
  const std::string rows = made.folder / "rows.json";
  CHECK(RunFlywheel({"pool", "submit", "--byod", rows}).exit_code == 0);
  const CommandResult bad =
      RunFlywheel({"pool", "submit", "--byod", rows, "--images", made.folder / "images"});
  CHECK(bad.exit_code == 1);
  CHECK(bad.out.find("record 1: read ") != std::string::npos);
  CHECK(RunFlywheel({"pool", "submit", "--pool", made.pool}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "submit", "--standard", ids}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "submit", "--byod", rows, "--standard", ids, "--pool", made.pool})
            .exit_code == 2);
}

TEST_CASE("A pack is refused, or made without the sample, or made and imported again") {
  const SmallPool made;
  const std::string out = made.folder / "packed";
  const std::vector<std::string> pack = {"pool", "pack", "--pool", made.pool, "--out", out};
  const CommandResult refused = RunFlywheel(pack);
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("sample 'coco_0' of rows: read ") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out));
  std::vector<std::string> dropping = pack;
  dropping.insert(dropping.end(), {"--missing", "drop", "--json"});
  const CommandResult dropped = RunFlywheel(dropping);
  INFO(dropped.err);
  REQUIRE(dropped.exit_code == 0);
  CHECK(json::parse(dropped.out).at("dropped") == json({{"missing", 1}}));
  CHECK(json::parse(dropped.out).at("samples") == 1);
  CHECK(RunFlywheel(pack).exit_code == 1);
  std::filesystem::remove_all(out);
  made.AddImage();
  const CommandResult packed = RunFlywheel(pack);
  INFO(packed.err);
  REQUIRE(packed.exit_code == 0);
  CHECK(packed.out.find("2 samples, 1 of them text only, in 1 shard of ") != std::string::npos);
  const CommandResult again =
      RunFlywheel({"pool", "import", out, "--pool", made.folder / "moved", "--json"});
  INFO(again.err);
  REQUIRE(again.exit_code == 0);
  CHECK(json::parse(again.out).at("samples") == 2);
  CHECK(RunFlywheel({"pool", "pack", "--pool", made.pool, "--out", out, "--missing", "keep"})
            .exit_code == 2);
}

}  // namespace
}  // namespace flywheel::testing
