// `flywheel pool synthesize` and `convert-boxes` as people run them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr const char* kRow =
    R"([{"id":"ref3rec_1","image":"coco/a.jpg","conversations":[{"from":"human","value":)"
    R"("Where in <image>?"},{"from":"gpt","value":"[0.0, 0.106, 0.827, 1.0]."}]}])";

TEST_CASE("A synthesized pool has as many samples as asked for, and says so") {
  const TempDir folder;
  const CommandResult result = RunFlywheel(
      {"pool", "synthesize", "--samples", "5000", "--out", folder / "p", "--seed", "4", "--json"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json summary = json::parse(result.out);
  int64_t samples = 0;
  for (const json& file : summary.at("files")) {
    const std::string path = file.at("path");
    CHECK(std::filesystem::file_size(path) == file.at("bytes"));
    CHECK(json::parse(ReadFile(path).value()).size() == file.at("samples"));
    samples += file.at("samples").get<int64_t>();
  }
  CHECK(samples == 5000);
  CHECK(summary.at("files").size() == 21);
}

TEST_CASE("Boxes are converted with known sizes and converting again changes nothing") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in.json", kRow).ok());
  REQUIRE(WriteFile(folder / "sizes.jsonl", R"({"image":"coco/a.jpg","width":640,"height":480})"
                                            "\n")
              .ok());
  std::vector<std::string> arguments = {"pool",   "convert-boxes",    "--to",
                                        "square", "--sizes",          folder / "sizes.jsonl",
                                        "--json", folder / "in.json", folder / "out.json"};
  const CommandResult result = RunFlywheel(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(json::parse(result.out).at("boxes") == 1);
  const json row = json::parse(ReadFile(folder / "out.json").value()).at(0);
  CHECK(row.at("conversations").at(1).at("value") == "[0.0, 0.205, 0.827, 0.875].");
  CHECK(row.at("box_space") == "square");
  arguments[7] = folder / "out.json";
  arguments[8] = folder / "again.json";
  REQUIRE(RunFlywheel(arguments).exit_code == 0);
  CHECK(ReadFile(folder / "again.json").value() == ReadFile(folder / "out.json").value());
}

TEST_CASE("Wrong usage is exit code 2, and what fails on the way is 1 with file and record") {
  const TempDir folder;
  CHECK(RunFlywheel({"pool"}).exit_code == 2);
  CHECK(RunFlywheel({"pool", "synthesize", "--samples", "0", "--out", folder / "p"}).exit_code ==
        2);
  CHECK(RunFlywheel({"pool", "convert-boxes", "--to", "padded", "--images", "/", "a", "b"})
            .exit_code == 2);
  CHECK(RunFlywheel({"pool", "convert-boxes", "--to", "square", "a", "b"}).exit_code == 2);
  REQUIRE(WriteFile(folder / "in.json", kRow).ok());
  const CommandResult missing =
      RunFlywheel({"pool", "convert-boxes", "--to", "square", "--images", folder.path(),
                   folder / "in.json", folder / "out.json"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.err.find((folder / "in.json") + ": record 1: read " + (folder / "coco/a.jpg")) !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "out.json"));
  REQUIRE(WriteFile(folder / "in.json", "[{\"id\":1,]").ok());
  CHECK(RunFlywheel({"pool", "convert-boxes", "--to", "square", "--images", folder.path(),
                     folder / "in.json", folder / "out.json"})
            .exit_code == 1);
}

}  // namespace
}  // namespace flywheel::testing
