// The other commands against a daemon that somebody started: submit, list, get, watch, pause,
// resume, cancel, delete, gc, fsck, events, workers, report, compare.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "tests/e2e/command_line.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

constexpr double kCampaignTimeoutS = 240;

class Daemon {
 public:
  Daemon()
      : child_(std::make_unique<ChildProcess>(StartDaemon(state_dir(), folder_ / "daemon.log"))) {
    while (!std::filesystem::exists(state_dir() + "/daemon.json")) {
      REQUIRE_FALSE(child_->WaitFor(0.02).has_value());
    }
  }
  ~Daemon() {
    child_->SignalGroup(SIGTERM);
    child_->WaitFor(20);
    for (const int pid : PidsNaming("flywheel-worker", state_dir())) ::kill(pid, SIGKILL);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::string state_dir() const { return folder_ / "state"; }

  CommandResult Run(std::vector<std::string> arguments, double timeout_s = 60) const {
    arguments.insert(arguments.end(), {"--state-dir", state_dir()});
    return RunFlywheel(arguments, timeout_s);
  }
  // The JSON that a command prints; it must succeed.
  json RunJson(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const CommandResult result = Run(std::move(arguments));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
  }

 private:
  TempDir folder_;
  std::unique_ptr<ChildProcess> child_;
};

std::vector<std::string> SubmitTiny(const std::string& name) {
  return {"submit", SourcePath("tests/e2e/fixtures/tiny.json"),
          "--set",  "display_name=" + name,
          "--set",  "iterations=1",
          "--set",  "generate.images=9",
          "--set",  "data.world.bank_scenes=60"};
}
// One that does not end before somebody has told it to.
std::vector<std::string> SubmitLong(const std::string& name) {
  std::vector<std::string> submit = SubmitTiny(name);
  submit.insert(submit.end(), {"--set", "iterations=100"});
  return submit;
}

TEST_CASE("a submitted campaign is listed, watched to its end, reported and compared") {
  const Daemon daemon;
  CHECK(daemon.RunJson({"list"}).at("campaigns").empty());
  std::vector<std::string> submit = SubmitTiny("one");
  submit.insert(submit.end(), {"--request-id", "r1"});
  const json campaign = daemon.RunJson(submit);
  CHECK(campaign.at("name") == "campaigns/c1");
  CHECK(daemon.RunJson(submit).at("name") == "campaigns/c1");

  const CommandResult watch = daemon.Run({"watch", "one"}, kCampaignTimeoutS);
  INFO(watch.out << watch.err);
  REQUIRE(watch.exit_code == 0);
  CHECK(watch.out.find("one (campaigns/c1): 1 iteration, seed 1") == 0);
  CHECK(watch.out.find("closing evaluation") != std::string::npos);
  CHECK(watch.out.find("SUCCEEDED") != std::string::npos);

  const json listed = daemon.RunJson({"list", "--state", "succeeded"});
  REQUIRE(listed.at("campaigns").size() == 1);
  CHECK(listed.at("campaigns").at(0).at("spec").at("display_name") == "one");
  CHECK(daemon.RunJson({"get", "c1"}).at("state") == "SUCCEEDED");

  const json events = daemon.RunJson({"events", "one"}).at("events");
  REQUIRE(events.size() > 10);
  for (const json& event : events) CHECK_FALSE(event.at("why").get<std::string>().empty());
  CHECK(daemon.RunJson({"workers"}).at("workers").size() >= 1);

  const json report = daemon.RunJson({"report", "campaigns/c1"});
  CHECK(report.at("iterations").size() == 2);
  const json comparison = daemon.RunJson({"compare", "one", "c1"});
  CHECK(comparison.at("kind") == "models");
  CHECK(comparison.at("iterations").at(0).at("difference") == 0);
}

TEST_CASE("a campaign that has ended is deleted, and what it alone has made is collected") {
  const Daemon daemon;
  daemon.RunJson(SubmitLong("running"));
  CHECK(daemon.Run({"delete", "running"}).exit_code == 1);
  daemon.RunJson({"cancel", "running"});
  CHECK(daemon.Run({"watch", "running"}, kCampaignTimeoutS).exit_code == 1);
  CHECK(daemon.RunJson({"delete", "running"}).at("state") == "CANCELLED");
  daemon.RunJson({"gc", "--min-age", "0"});

  daemon.RunJson(SubmitTiny("one"));
  REQUIRE(daemon.Run({"watch", "one"}, kCampaignTimeoutS).exit_code == 0);
  const json whole = daemon.RunJson({"fsck", "--read-all"});
  CHECK(whole.at("artifacts").get<std::string>() != "0");
  CHECK(whole.at("problems").empty());
  const CommandResult nothing = daemon.Run({"gc", "--min-age", "0", "--dry-run"});
  CHECK(nothing.out.find("would remove 0 files") == 0);

  CHECK(daemon.RunJson({"delete", "one"}).at("state") == "SUCCEEDED");
  const CommandResult gone = daemon.Run({"get", "one"});
  CHECK(gone.exit_code == 1);
  CHECK(gone.err.find("one") != std::string::npos);
  const json said = daemon.RunJson({"gc", "--min-age", "0", "--dry-run"});
  const json done = daemon.RunJson({"gc", "--min-age", "0"});
  CHECK(said == done);
  CHECK(std::stoll(done.at("removed").get<std::string>()) > 10);
  CHECK(done.at("kept") == "0");
  CHECK(daemon.Run({"fsck"}).out.find("0 artifacts of 0 campaigns looked up: all are there") == 0);
}

TEST_CASE("a campaign pauses, resumes and is cancelled") {
  const Daemon daemon;
  daemon.RunJson(SubmitLong("two"));
  CHECK(daemon.RunJson({"pause", "two"}).at("state") == "PAUSED");
  const CommandResult stale = daemon.Run({"resume", "two", "--etag", "stale"});
  CHECK(stale.exit_code == 1);
  // What still runs may change the campaign after it was read: then it is read again.
  CommandResult resumed;
  for (int i = 0; i < 20 && resumed.exit_code != 0; ++i) {
    const json read = daemon.RunJson({"get", "two"});
    resumed = daemon.Run({"resume", "two", "--etag", read.at("etag")});
  }
  INFO(resumed.err);
  CHECK(resumed.exit_code == 0);
  CHECK(resumed.out.find("RUNNING") != std::string::npos);
  const std::string state = daemon.RunJson({"cancel", "two"}).at("state");
  CHECK((state == "CANCELLING" || state == "CANCELLED"));
  const CommandResult watch = daemon.Run({"watch", "two"}, kCampaignTimeoutS);
  CHECK(watch.exit_code == 1);
  CHECK(watch.out.find("CANCELLED") != std::string::npos);
  CHECK(daemon.RunJson({"get", "two"}).at("state") == "CANCELLED");
}

TEST_CASE("a name that no campaign has, and a daemon that is not there, are clear errors") {
  const Daemon daemon;
  const CommandResult unknown = daemon.Run({"get", "nobody"});
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.err.find("no campaign is called 'nobody'") != std::string::npos);
  const TempDir empty;
  const CommandResult none = RunFlywheel({"list", "--state-dir", empty / "state"});
  CHECK(none.exit_code == 1);
  CHECK(none.err.find("no daemon") != std::string::npos);
}

}  // namespace
}  // namespace flywheel::testing
