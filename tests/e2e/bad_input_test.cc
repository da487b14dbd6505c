// Campaigns that are wrong: refused with the place and what was expected, before anything is spent.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

std::string Tiny() { return SourcePath("tests/e2e/fixtures/tiny.json"); }

struct BadSetting {
  const char* setting;
  const char* expected;  // in the message
};

TEST_CASE("an unknown field ends with exit code 2 and names file, line and field") {
  const TempDir folder;
  const std::string path = folder / "bad.json";
  REQUIRE(WriteFile(path, "{\n  \"seed\": 1,\n  \"train\": { \"epoch\": 2 }\n}\n").ok());
  const CommandResult result = RunFlywheel({"run", path, "--state-dir", folder / "state"});
  CHECK(result.exit_code == 2);
  CHECK(result.err ==
        "flywheel: " + path + ":3: train.epoch: unknown field; did you mean 'epochs'?\n");
  CHECK(result.out.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "state"));
}

TEST_CASE("with --json a failure is one object on stdout too") {
  const CommandResult result = RunFlywheel({"run", "/nowhere/x.json", "--json"});
  CHECK(result.exit_code == 1);
  const json object = json::parse(result.out, nullptr, false);
  REQUIRE(object.is_object());
  CHECK(object.at("error").at("code") == "NOT_FOUND");
  CHECK(object.at("error").at("message").get<std::string>().find("/nowhere/x.json") !=
        std::string::npos);
}

TEST_CASE("what the spec shows is refused at submit") {
  const TempDir folder;
  const std::vector<BadSetting> cases = {
      {"iterations=0", "iterations"},
      {"data.world.gate_questions=2", "gate_questions"},
      {"data.world.gate_questions=0", "gate_questions"},
      {"analyze.weights={\"kind\":\"MANUAL\",\"manual\":{\"1\":0}}", "manual"},
      {"analyze.weights={\"kind\":\"MANUAL\",\"manual\":{\"12\":1}}", "12"},
      {"generate.images=0", "generate.images"},
      {"train.learning_rate=-1", "learning_rate"},
  };
  for (const BadSetting& bad : cases) {
    CAPTURE(bad.setting);
    const CommandResult result =
        RunFlywheel({"run", Tiny(), "--set", bad.setting, "--state-dir", folder / "state"});
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(bad.expected) != std::string::npos);
    CHECK(result.err.find("expected") != std::string::npos);
  }
  CHECK(ProcessesNaming(folder / "state").empty());
}

TEST_CASE("a base model that is not there fails prepare, and the report says which") {
  const TempDir folder;
  const CommandResult result = RunFlywheel({"run", Tiny(), "--set", "model.base=/nowhere/model",
                                            "--state-dir", folder / "state", "--json"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  const json report = json::parse(result.out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(report.at("state") == "FAILED");
  CHECK(report.at("state_reason").get<std::string>().find("/nowhere/model") != std::string::npos);
  CHECK(ProcessesNaming(folder / "state").empty());
}

TEST_CASE("a dry run prepares in a temporary folder and submits nothing") {
  const CommandResult good = RunFlywheel({"submit", "--dry-run", Tiny()});
  INFO(good.err);
  CHECK(good.exit_code == 0);
  CHECK(good.out.find("steer 90, gate 90, sealed 180") != std::string::npos);
  CHECK(good.out.find("nothing was submitted") != std::string::npos);

  const CommandResult missing =
      RunFlywheel({"submit", "--dry-run", Tiny(), "--set", "model.base=/nowhere/model"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.err.find("/nowhere/model") != std::string::npos);

  const CommandResult zero = RunFlywheel({"submit", "--dry-run", Tiny(), "--set", "iterations=0"});
  CHECK(zero.exit_code == 2);
  CHECK(zero.err.find("iterations") != std::string::npos);
}

TEST_CASE("two daemons on one state directory are told apart by a clear error") {
  const TempDir folder;
  const std::string state_dir = folder / "state";
  ChildProcess first = StartDaemon(state_dir, folder / "first.log");
  while (!std::filesystem::exists(state_dir + "/daemon.json")) {
    REQUIRE_FALSE(first.WaitFor(0.02).has_value());
  }
  ChildProcess second = StartDaemon(state_dir, folder / "second.log");
  const auto exit = second.WaitFor(20);
  REQUIRE(exit.has_value());
  CHECK(exit->exit_code == 1);
  const auto log = ReadFile(folder / "second.log");
  REQUIRE(log.ok());
  CHECK(log->find(state_dir) != std::string::npos);
  CHECK(log->find(std::to_string(first.pid())) != std::string::npos);
  first.SignalGroup(SIGTERM);
  CHECK(first.WaitFor(20).has_value());
}

}  // namespace
}  // namespace flywheel::testing
