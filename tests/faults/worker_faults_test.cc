// Whole campaigns by real workers whose disks and streams fail: every failure is the machine's, and
// what is made is what an undisturbed run makes.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/io/files.h"
#include "tests/integration/daemon_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

// Failures beyond measure are allowed, and none of them may count against a task's own attempts.
constexpr const char* kConfig = R"({
  "lease_s": 4, "heartbeat_s": 0.2, "local": {"max_workers": 2, "idle_timeout_s": 2},
  "stage_defaults": {
    "prepare": POLICY, "evaluate": POLICY, "analyze": POLICY, "generate": POLICY, "train": POLICY}})";
constexpr const char* kPolicy =
    R"({"max_attempts": 1, "max_infrastructure_failures": 1000, "backoff_initial_s": 0.02,
        "backoff_max_s": 0.1, "resources": {"cpus": 1}})";

std::string Config() {
  std::string config = kConfig;
  for (size_t at = config.find("POLICY"); at != std::string::npos; at = config.find("POLICY")) {
    config.replace(at, 6, kPolicy);
  }
  return config;
}

struct Outcome {
  std::string state;
  std::map<std::string, std::string> artifacts;  // name -> digest
  int failed_by_disk = 0;
  std::string said;  // by the daemon and its workers
};

// The logs of the daemon's workers.
std::string WorkerLogs(const std::string& state_dir) {
  std::string logs;
  for (const auto& worker : std::filesystem::directory_iterator(state_dir + "/workers")) {
    const auto log = ReadFile(worker.path().string() + "/stderr.log");
    if (log.ok()) logs += *log;
  }
  return logs;
}

// Runs the one campaign to its end.
Outcome RunCampaign(const std::string& faults) {
  TempDir folder;
  const std::string bin = std::getenv("FLYWHEEL_BIN_DIR");
  DaemonArguments arguments{.state_dir = folder / "state", .config = Config()};
  arguments.environment = {"FLYWHEEL_TASK_PROGRAM=" + bin + "/../tests/fake_task"};
  if (!faults.empty()) arguments.environment.push_back("FLYWHEEL_FAULTS=" + faults);
  DaemonProcess daemon(arguments);
  const auto stub = daemon.Campaigns();
  v1::Campaign created;
  {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CreateCampaignRequest request;
    *request.mutable_spec() = SmallCampaign("one");
    REQUIRE(stub->CreateCampaign(&context, request, &created).ok());
  }
  Outcome outcome;
  int64_t last_seq = 0;
  while (outcome.state.empty()) {  // streams that watch break too
    grpc::ClientContext context;
    SetDeadline(context);
    v1::WatchEventsRequest request;
    request.set_name(created.name());
    request.set_after_seq(last_seq);
    const auto stream = stub->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    while (stream->Read(&response)) {
      const v1::Event& event = response.event();
      if (!response.has_event() || event.seq() <= last_seq) continue;
      last_seq = event.seq();
      if (event.has_attempt_failed()) {
        INFO(event.why());
        CHECK(event.attempt_failed().kind() == v1::INFRASTRUCTURE);
        if (event.why().find("Input/output error") != std::string::npos) ++outcome.failed_by_disk;
      }
      if (event.has_campaign_ended()) {
        outcome.state = v1::Campaign::State_Name(event.campaign_ended().state());
      }
    }
    const grpc::Status end = stream->Finish();
    INFO(daemon.Log());
    REQUIRE(end.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  v1::GetReportRequest request;
  request.set_name(created.name());
  v1::CampaignReport report;
  for (int attempt = 0; attempt < 20; ++attempt) {
    grpc::ClientContext context;
    SetDeadline(context);
    if (stub->GetReport(&context, request, &report).ok()) break;
  }
  for (const auto& artifact : report.artifacts()) {
    outcome.artifacts[artifact.name()] = artifact.digest();
  }
  INFO(daemon.Log());
  outcome.said = daemon.Log() + WorkerLogs(arguments.state_dir);
  CHECK(daemon.Terminate() == ExitStatus{});
  return outcome;
}

}  // namespace

TEST_CASE(
    "disks of workers that fail cost attempts, never a campaign, an artifact or a task's turn") {
  const Outcome undisturbed = RunCampaign("");
  REQUIRE(undisturbed.state == "SUCCEEDED");
  REQUIRE_FALSE(undisturbed.artifacts.empty());
  const Outcome disturbed =
      RunCampaign("seed=5,only=flywheel-worker,write=0.02,fsync=0.04,rename=0.04,late=0.5");
  CHECK(disturbed.state == "SUCCEEDED");
  CHECK(disturbed.artifacts == undisturbed.artifacts);
  CHECK(disturbed.failed_by_disk > 0);
}

TEST_CASE("streams that break on both sides cost nothing but time") {
  const Outcome undisturbed = RunCampaign("");
  const Outcome disturbed = RunCampaign("seed=6,rpc=0.1,late=0.5");
  CHECK(disturbed.state == "SUCCEEDED");
  CHECK(disturbed.artifacts == undisturbed.artifacts);
  CHECK(disturbed.said.find("fault: rpc in flywheeld") != std::string::npos);
  CHECK(disturbed.said.find("fault: rpc in flywheel-worker") != std::string::npos);
}

}  // namespace flywheel::testing
