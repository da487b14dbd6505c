// A campaign on a benchmark and a bank that lie in files, as other programs write them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

TEST_CASE("a campaign runs on questions, pictures and annotations in files") {
  const TempDir folder;
  for (const auto& [name, seed, scenes, questions] :
       {std::tuple{"bench", "1", "120", "360"}, std::tuple{"bank", "2", "80", "0"}}) {
    const CommandResult world = RunFlywheel({"world", "--out", folder / name, "--seed", seed,
                                             "--scenes", scenes, "--questions", questions});
    INFO(world.err);
    REQUIRE(world.exit_code == 0);
  }
  const json data = {{"seed_bench",
                      {{"questions", "bench/SEED-Bench.json"},
                       {"images", "bench/images"},
                       {"bank", "bank/scene_graphs.jsonl"}}}};
  std::vector<std::string> arguments = {"run", SourcePath("tests/e2e/fixtures/tiny.json"),
                                        "--state-dir", folder / "state", "--json"};
  for (const std::string& setting :
       {"data=" + data.dump(), "data_root=" + folder.path(), std::string("iterations=1"),
        std::string("generate.images=12"), std::string("display_name=files")}) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  const CommandResult result = RunFlywheel(arguments, 240);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json report = json::parse(result.out);
  const json& first = report.at("iterations").at(0);
  int questions = 0;
  for (const char* split : {"steer", "gate", "sealed"}) {
    questions += first.at("evaluation").at(split).at("n").get<int>();
  }
  CHECK(questions == 360);
  CHECK(first.at("generated").at("samples").get<int>() > 0);
  // The base model knows what the files show: scenes, identity and attributes.
  CHECK(first.at("evaluation").at("by_type").at(0).at("accuracy").get<double>() > 0.8);
}

}  // namespace
}  // namespace flywheel::testing
