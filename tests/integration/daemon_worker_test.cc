// The whole chain: a real flywheeld that starts real flywheel-workers that run real task processes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "base/io/files.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

bool AnyRunning(const std::map<std::string, ProcessIdentity>& workers) {
  return std::any_of(workers.begin(), workers.end(),
                     [](const auto& worker) { return IsRunning(worker.second); });
}

}  // namespace

TEST_CASE("a campaign runs on workers that come when there is work and leave when there is none") {
  LocalChain chain(json::object());
  const auto events = chain.WatchToEnd(chain.Create("whole"));
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(StartsOf(events, "/train/") == 2);
  for (const auto& [name, digest] : Outputs(events)) {
    INFO(name);
    CHECK(digest.size() == 64);
  }
  const auto workers = chain.Workers();
  CHECK_FALSE(workers.empty());
  CHECK(workers.size() <= 2);
  CHECK(Eventually([&] { return !AnyRunning(workers); }));
}

TEST_CASE("a worker that is killed loses its attempt, and the next one brings the campaign on") {
  TempDir marks;
  const json train = {{"attempts", 1}, {"touch", marks / "began"}, {"wait_for", marks / "never"}};
  const json script = {{"c1/i1/train", train}};
  LocalChain chain(script);
  const std::string campaign = chain.Create("orphaned");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  for (const auto& [name, worker] : chain.Workers()) (void)SignalProcess(worker, SIGKILL);
  const auto events = chain.WatchToEnd(campaign);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(std::any_of(events.begin(), events.end(), [](const v1::Event& event) {
    return event.attempt_failed().kind() == v1::INFRASTRUCTURE;
  }));
}

TEST_CASE("bad data ends a campaign as failed, in the task's words") {
  const json script = {{"generate", {{"stderr", "bank.jsonl:3: no objects\n"}, {"exit", 65}}}};
  LocalChain chain(script);
  const std::string name = chain.Create("bad-data");
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::FAILED);
  CHECK(StartsOf(events, "/generate/") == 1);  // trying again cannot help
  const auto failed = std::find_if(events.begin(), events.end(),
                                   [](const auto& event) { return event.has_attempt_failed(); });
  REQUIRE(failed != events.end());
  CHECK(failed->attempt_failed().reason().find("bank.jsonl:3: no objects") != std::string::npos);
}

TEST_CASE("a cancel stops the running task and ends the campaign as cancelled") {
  TempDir marks;
  const json script = {{"train", {{"touch", marks / "began"}, {"hang", true}}}};
  LocalChain chain(script);
  const std::string name = chain.Create("stopped");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  Cancel(chain.daemon(), name);
  CHECK(EndState(chain.WatchToEnd(name)) == v1::Campaign::CANCELLED);
}

}  // namespace flywheel::testing
