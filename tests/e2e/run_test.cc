// `flywheel run` with the real daemon, worker, tasks and model: the tiny campaign to its end,
// again, interrupted, killed, and files that are wrong.
#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr double kCampaignTimeoutS = 240;

std::string Tiny() { return SourcePath("tests/e2e/fixtures/tiny.json"); }

// What is on stderr when the first training has begun; where tasks take no time, an earlier moment.
const char* MiddleOfTheCampaign() {
  const bool fake = std::getenv("FLYWHEEL_TASK_PROGRAM") != nullptr;
  return fake ? "iteration 1 of 2\n" : "\n  generate";
}

std::vector<std::string> RunTiny(const std::string& state_dir) {
  return {"run", Tiny(), "--state-dir", state_dir, "--json"};
}

// One tiny campaign, run once for all tests that only look at it.
struct FinishedRun {
  TempDir folder;
  std::string state_dir = folder / "state";
  CommandResult result = RunFlywheel(RunTiny(state_dir), kCampaignTimeoutS);
  json report = json::parse(result.out, nullptr, false);
};

const FinishedRun& Finished() {
  static const FinishedRun run;
  INFO(run.result.err);
  REQUIRE(run.result.exit_code == 0);
  REQUIRE(run.report.is_object());
  return run;
}

// Name -> digest: tasks that run side by side end in any order.
std::map<std::string, std::string> Digests(const json& report) {
  std::map<std::string, std::string> digests;
  for (const json& artifact : report.at("artifacts")) {
    digests[artifact.at("name")] = artifact.at("digest");
  }
  return digests;
}

void CheckAccuracy(const json& accuracy) {
  CHECK(accuracy.at("n").get<int>() > 0);
  CHECK(accuracy.at("low").get<double>() <= accuracy.at("accuracy").get<double>());
  CHECK(accuracy.at("accuracy").get<double>() <= accuracy.at("high").get<double>());
}

TEST_CASE("the tiny campaign succeeds and its report has what scripts depend on") {
  const json& report = Finished().report;
  CHECK(report.at("state") == "SUCCEEDED");
  CHECK(report.at("campaign") == "campaigns/c1");
  CHECK(report.at("seed") == "1");
  CHECK(report.at("champion").get<std::string>().size() == 64);
  REQUIRE(report.at("iterations").size() == 3);
  for (const json& it : report.at("iterations")) {
    const int number = it.at("iteration").get<int>();
    CAPTURE(number);
    CHECK(it.at("model").get<std::string>().size() == 64);
    for (const char* split : {"steer", "gate", "sealed"})
      CheckAccuracy(it.at("evaluation").at(split));
    CHECK(it.at("evaluation").at("sealed").at("n") == 180);
    REQUIRE(it.at("evaluation").at("by_type").size() == 9);
    CHECK(it.at("evaluation").at("by_type").at(0).at("name") == "Scene Understanding");
    CHECK(it.at("gate").at("p_value").is_number());
    CHECK_FALSE(it.at("gate").at("reason").get<std::string>().empty());
    CHECK(it.at("gate").at("verdict") != "");
    CHECK(it.at("seconds").at("evaluate").get<double>() > 0);
    const bool closing = number == 3;
    CHECK(it.at("weights").empty() == closing);
    CHECK((it.at("generated").at("samples") == 0) == closing);
    CHECK((it.at("seconds").at("train").get<double>() == 0) == closing);
  }
  CHECK(report.at("iterations").at(0).at("gate").at("verdict") == "baseline");
}

TEST_CASE("a finished run leaves no process behind") {
  CHECK(ProcessesNaming(Finished().state_dir).empty());
}

TEST_CASE("the same command again prints the same report without running anything") {
  const FinishedRun& first = Finished();
  const CommandResult again = RunFlywheel(RunTiny(first.state_dir), 30);
  INFO(again.err);
  CHECK(again.exit_code == 0);
  CHECK(json::parse(again.out, nullptr, false) == first.report);
  CHECK(again.err.find("has been run already") != std::string::npos);
  const CommandResult text = RunFlywheel({"run", Tiny(), "--state-dir", first.state_dir}, 30);
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("tiny (campaigns/c1): SUCCEEDED") == 0);
}

TEST_CASE("the same seed gives the same artifacts, digest for digest") {
  const TempDir folder;
  const CommandResult other = RunFlywheel(RunTiny(folder / "state"), kCampaignTimeoutS);
  INFO(other.err);
  REQUIRE(other.exit_code == 0);
  const json report = json::parse(other.out);
  CHECK_FALSE(report.at("artifacts").empty());
  CHECK(Digests(report) == Digests(Finished().report));
}

TEST_CASE("Ctrl-C pauses, leaves nothing running, and the same command ends the campaign alike") {
  const TempDir folder;
  const std::string state_dir = folder / "state";
  RunningCommand run(RunTiny(state_dir));
  REQUIRE(run.WaitForErr(MiddleOfTheCampaign(), kCampaignTimeoutS));
  run.Signal(SIGINT);
  const CommandResult interrupted = run.Wait(60);
  INFO(interrupted.err);
  CHECK(interrupted.exit_code == 1);
  CHECK(interrupted.err.find("the same command goes on") != std::string::npos);
  CHECK(json::parse(interrupted.out).at("state") == "PAUSED");
  CHECK(ProcessesNaming(state_dir).empty());

  const CommandResult resumed = RunFlywheel(RunTiny(state_dir), kCampaignTimeoutS);
  INFO(resumed.err);
  REQUIRE(resumed.exit_code == 0);
  CHECK(Digests(json::parse(resumed.out)) == Digests(Finished().report));
}

TEST_CASE("a second Ctrl-C kills at once and leaves nothing running") {
  const TempDir folder;
  const std::string state_dir = folder / "state";
  RunningCommand run(RunTiny(state_dir));
  REQUIRE(run.WaitForErr("iteration 1", kCampaignTimeoutS));
  run.Signal(SIGINT);
  run.Signal(SIGINT);
  const CommandResult killed = run.Wait(30);
  CHECK(killed.exit_code == 1);
  CHECK(ProcessesNaming(state_dir).empty());
}

TEST_CASE("a daemon that is killed on the way is started again and the result is the same") {
  const TempDir folder;
  const std::string state_dir = folder / "state";
  RunningCommand run(RunTiny(state_dir));
  REQUIRE(run.WaitForErr(MiddleOfTheCampaign(), kCampaignTimeoutS));
  const auto daemon = ReadFile(state_dir + "/daemon.json");
  REQUIRE(daemon.ok());
  REQUIRE(::kill(json::parse(*daemon).at("pid").get<int>(), SIGKILL) == 0);
  const CommandResult result = run.Wait(kCampaignTimeoutS);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.err.find("the daemon is back") != std::string::npos);
  CHECK(Digests(json::parse(result.out)) == Digests(Finished().report));
  CHECK(ProcessesNaming(state_dir).empty());
}

TEST_CASE("other settings make another campaign, and --fresh a new run of the same one") {
  const TempDir folder;
  const std::string state_dir = folder / "state";
  const std::vector<std::string> small = {
      "--set", "iterations=1", "--set", "generate.images=9", "--set", "data.world.bank_scenes=60"};
  std::vector<std::string> arguments = RunTiny(state_dir);
  arguments.insert(arguments.end(), small.begin(), small.end());
  const CommandResult first = RunFlywheel(arguments, kCampaignTimeoutS);
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK(json::parse(first.out).at("iterations").size() == 2);
  arguments.emplace_back("--fresh");
  const CommandResult fresh = RunFlywheel(arguments, kCampaignTimeoutS);
  INFO(fresh.err);
  REQUIRE(fresh.exit_code == 0);
  CHECK(json::parse(fresh.out).at("campaign") == "campaigns/c2");
  arguments.pop_back();
  const CommandResult again = RunFlywheel(arguments, 30);
  CHECK(json::parse(again.out).at("campaign") == "campaigns/c2");
}

}  // namespace
}  // namespace flywheel::testing
