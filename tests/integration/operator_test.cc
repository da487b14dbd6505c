// What operators ask for and what a daemon does for weeks: pausing at once, stopping with the
// workers, making again, forgetting histories.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "base/io/files.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

v1::Campaign PauseNow(const DaemonProcess& daemon, const std::string& name) {
  v1::PauseCampaignRequest request;
  request.set_name(name);
  request.set_now(true);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::Campaign campaign;
  const grpc::Status status = daemon.Campaigns()->PauseCampaign(&context, request, &campaign);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return campaign;
}

grpc::Status Rerun(const DaemonProcess& daemon, const std::string& task) {
  v1::RerunTaskRequest request;
  request.set_task(task);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::Campaign campaign;
  return daemon.Campaigns()->RerunTask(&context, request, &campaign);
}

grpc::Status WatchFrom(const DaemonProcess& daemon, const std::string& name, int64_t after_seq) {
  v1::WatchEventsRequest request;
  request.set_name(name);
  request.set_after_seq(after_seq);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = daemon.Campaigns()->WatchEvents(&context, request);
  v1::WatchEventsResponse message;
  while (reader->Read(&message)) {
  }
  return reader->Finish();
}

}  // namespace

TEST_CASE("a pause at once stops what runs, and it starts again on resume at nobody's cost") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i1/train", {{"attempts", 1}, {"touch", marks / "began"}, {"hang", true}}}});
  const std::string name = chain.Create("paused");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  CHECK(PauseNow(chain.daemon(), name).state() == v1::Campaign::PAUSED);
  REQUIRE(Eventually([&] { return !IsRunning(task); }));
  REQUIRE(Eventually([&] { return !Failures(Events(chain.daemon(), name)).empty(); }));
  chain.daemon().Kill();
  chain.daemon().Restart();
  CHECK(Get(chain.daemon(), name).state() == v1::Campaign::PAUSED);
  (void)Resume(chain.daemon(), name);
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  REQUIRE(Failures(events).size() == 1);
  CHECK(Failures(events)[0].kind() == v1::STOPPED);
  CHECK(StartsOf(events, "/i1/train/") == 2);
}

TEST_CASE("a daemon that is told to stop its workers leaves no process, and the next one goes on") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i1/train", {{"attempts", 1}, {"touch", marks / "began"}, {"hang", true}}}},
      kTwoWorkers, {"--stop-workers"});
  const std::string name = chain.Create("stopped");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  const auto workers = chain.Workers();
  REQUIRE_FALSE(workers.empty());
  CHECK(chain.daemon().Terminate() == ExitStatus{});
  for (const auto& [id, worker] : workers) CHECK_FALSE(IsRunning(worker));
  CHECK_FALSE(IsRunning(task));
  chain.daemon().Restart();
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  // The daemon still heard how it ended.
  REQUIRE(Failures(events).size() == 1);
  CHECK(Failures(events)[0].kind() == v1::INFRASTRUCTURE);
  CHECK(StartsOf(events, "/i1/train/") == 2);
}

TEST_CASE("a task runs again on request, and what cannot is refused with the reason") {
  TempDir marks;
  LocalChain chain(json{{"c1/i1/train", {{"touch", marks / "began"}, {"wait_for", marks / "go"}}}});
  const std::string name = chain.Create("again");
  (void)ProcessNamedIn(marks / "began");
  CHECK(Rerun(chain.daemon(), "c1/i1/generate/t0").ok());
  const grpc::Status running = Rerun(chain.daemon(), "c1/i1/train/t0");
  CHECK(running.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(Rerun(chain.daemon(), "c1/i1/generate/t7").error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Rerun(chain.daemon(), "generate").error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(SuccessesOf(events, "/i1/generate/") == 2);
  CHECK(Rerun(chain.daemon(), "c1/i1/generate/t0").error_code() ==
        grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_CASE("a stage says itself which exit codes are not tried again") {
  LocalChain chain(json{{"prepare", {{"exit", 3}}}});
  v1::CampaignSpec spec = SmallCampaign("final");
  spec.mutable_stages()->mutable_prepare()->mutable_final_exit_codes()->add_codes(3);
  const auto events = chain.WatchToEnd(Create(chain.daemon(), spec));
  CHECK(EndState(events) == v1::Campaign::FAILED);
  REQUIRE(Failures(events).size() == 1);
  CHECK(Failures(events)[0].kind() == v1::PERMANENT);
}

TEST_CASE(
    "reliability 34: a position that was compacted is out of range; list and watch miss nothing") {
  LocalChain chain(
      json::object(),
      R"({"local": {"max_workers": 2, "cpus": 2, "idle_timeout_s": 0.5}, "keep_events_s": 0.001})");
  const std::string name = chain.Create("over");
  REQUIRE(EndState(chain.WatchToEnd(name)) == v1::Campaign::SUCCEEDED);
  const v1::Campaign before = Get(chain.daemon(), name);
  // A daemon compacts when it starts.
  chain.daemon().Kill();
  chain.daemon().Restart();
  REQUIRE(Eventually([&] {
    return WatchFrom(chain.daemon(), name, 0).error_code() == grpc::StatusCode::OUT_OF_RANGE;
  }));
  CHECK(WatchFrom(chain.daemon(), "", 0).error_code() == grpc::StatusCode::OUT_OF_RANGE);
  CHECK(Events(chain.daemon(), name).empty());
  // What it is, is still there.
  const v1::Campaign after = Get(chain.daemon(), name);
  CHECK(after.state() == v1::Campaign::SUCCEEDED);
  CHECK(after.champion() == before.champion());
  CHECK(after.last_seq() == before.last_seq());
  // From the list on nothing is missed: the next campaign from its first event.
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListCampaignsResponse list;
  REQUIRE(chain.daemon().Campaigns()->ListCampaigns(&context, {}, &list).ok());
  CHECK(list.last_seq() == before.last_seq());
  const auto events = chain.WatchToEnd(chain.Create("next"));
  REQUIRE_FALSE(events.empty());
  CHECK(events.front().seq() == list.last_seq() + 1);
  CHECK(events.front().has_campaign_created());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
}

}  // namespace flywheel::testing
