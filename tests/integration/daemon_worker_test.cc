// The whole chain: a real flywheeld that starts real flywheel-workers that run real task processes.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/io/files.h"
#include "tests/integration/daemon_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

using Stub = v1::CampaignService::Stub;

constexpr double kPatienceS = 120;
constexpr auto kPoll = std::chrono::milliseconds(20);

// The workers that daemons have started below a state directory.
std::vector<ProcessIdentity> Workers(const std::string& state_dir) {
  std::vector<ProcessIdentity> workers;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(state_dir + "/workers", error)) {
    const auto text = ReadFile(folder.path().string() + "/process.json");
    if (!text.ok()) continue;
    const auto record = nlohmann::json::parse(*text);
    workers.push_back({.pid = record.at("pid"),
                       .start_time = record.at("start_time"),
                       .boot_id = record.at("boot_id")});
  }
  return workers;
}

// Other processes make it true; there is nothing to be told by.
bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(kPatienceS);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(kPoll);
  }
  return false;
}

// A state directory whose daemon starts workers that run fake_task as `behaviour` says.
struct Chain {
  explicit Chain(const nlohmann::json& behaviour) {
    REQUIRE(WriteFile(folder / "script.json", behaviour.dump()).ok());
    const std::string program = folder / "task.sh";
    REQUIRE(WriteFile(program,
                      fmt::format("#!/bin/sh\nexec {}/../tests/fake_task --script {} "
                                  "\"$@\"\n",
                                  std::filesystem::path(BuiltProgram("x")).parent_path().string(),
                                  folder / "script.json"))
                .ok());
    REQUIRE(::chmod(program.c_str(), 0755) == 0);
    daemon.emplace(DaemonArguments{
        .state_dir = state(),
        .config = R"({"local": {"max_workers": 2, "cpus": 2, "idle_timeout_s": 0.5}})",
        .environment = {"FLYWHEEL_TASK_PROGRAM=" + program}});
  }

  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() {
    daemon->Kill();
    for (const ProcessIdentity& worker : Workers(state())) (void)SignalProcess(worker, SIGKILL);
  }

  std::string state() const { return folder / "state"; }

  std::string Create(const std::string& display_name) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CreateCampaignRequest request;
    *request.mutable_spec() = SmallCampaign(display_name);
    v1::Campaign campaign;
    const grpc::Status status = daemon->Campaigns()->CreateCampaign(&context, request, &campaign);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return campaign.name();
  }

  // Every event of the campaign, to its end.
  std::vector<v1::Event> WatchToEnd(const std::string& name) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(static_cast<int>(kPatienceS)));
    v1::WatchEventsRequest request;
    request.set_name(name);
    const auto stub = daemon->Campaigns();
    auto stream = stub->WatchEvents(&context, request);
    std::vector<v1::Event> events;
    v1::WatchEventsResponse response;
    while (stream->Read(&response)) events.push_back(response.event());
    const grpc::Status status = stream->Finish();
    INFO(status.error_message() << "\n" << daemon->Log());
    REQUIRE(status.ok());
    return events;
  }

  TempDir folder;
  std::optional<DaemonProcess> daemon;
};

// "i1/train/model" and so on, with digests.
std::map<std::string, std::string> Outputs(const std::vector<v1::Event>& events) {
  std::map<std::string, std::string> outputs;
  for (const v1::Event& event : events) {
    if (!event.has_attempt_succeeded()) continue;
    const std::string& attempt = event.attempt_succeeded().attempt();
    const std::string task = attempt.substr(attempt.find('/'), attempt.rfind('/'));
    for (const auto& output : event.attempt_succeeded().result().outputs()) {
      outputs[task + "/" + output.name()] = output.digest();
    }
  }
  return outputs;
}

int StartsOf(const std::vector<v1::Event>& events, const std::string& task) {
  return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const v1::Event& event) {
    return event.attempt_started().attempt().find(task) != std::string::npos;
  }));
}

v1::Campaign::State EndState(const std::vector<v1::Event>& events) {
  REQUIRE_FALSE(events.empty());
  return events.back().campaign_ended().state();
}

}  // namespace

TEST_CASE("a campaign runs on workers that come when there is work and leave when there is none") {
  Chain chain(nlohmann::json::object());
  const auto events = chain.WatchToEnd(chain.Create("whole"));
  INFO(chain.daemon->Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(StartsOf(events, "/train/") == 2);
  for (const auto& [name, digest] : Outputs(events)) {
    INFO(name);
    CHECK(digest.size() == 64);
  }
  const auto workers = Workers(chain.state());
  CHECK_FALSE(workers.empty());
  CHECK(workers.size() <= 2);
  CHECK(Eventually([&] { return std::none_of(workers.begin(), workers.end(), IsRunning); }));
}

TEST_CASE("a daemon that is killed during training changes nothing about what comes out") {
  TempDir marks;
  const nlohmann::json train = {{"touch", marks / "began"}, {"wait_for", marks / "go"}};
  const nlohmann::json script = {{"train", train}};
  Chain chain(script);
  const std::string name = chain.Create("killed");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  const auto before = Workers(chain.state());
  chain.daemon->Kill();
  SECTION("and comes back while the task still runs") {
    chain.daemon->Restart();
    REQUIRE(WriteFile(marks / "go", "").ok());
  }
  SECTION("and comes back when the task has ended") {
    REQUIRE(WriteFile(marks / "go", "").ok());
    REQUIRE(Eventually([&] {
      for (const auto& file :
           std::filesystem::recursive_directory_iterator(chain.state() + "/work")) {
        const std::string path = file.path().string();
        if (path.find("/i1/train/") != std::string::npos && path.ends_with("/exit.json")) {
          return true;
        }
      }
      return false;
    }));
    chain.daemon->Restart();
  }
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon->Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(StartsOf(events, "/i1/train/") == 1);
  CHECK(std::none_of(events.begin(), events.end(),
                     [](const v1::Event& event) { return event.has_attempt_failed(); }));
  // The worker that held the task through it all is the one from before.
  CHECK_FALSE(before.empty());

  Chain undisturbed(nlohmann::json::object());
  CHECK(Outputs(undisturbed.WatchToEnd(undisturbed.Create("killed"))) == Outputs(events));
}

TEST_CASE("a worker that is killed loses its attempt, and the next one brings the campaign on") {
  TempDir marks;
  const nlohmann::json train = {
      {"attempts", 1}, {"touch", marks / "began"}, {"wait_for", marks / "never"}};
  const nlohmann::json script = {{"c1/i1/train", train}};
  Chain chain(script);
  const std::string name = chain.Create("orphaned");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  for (const ProcessIdentity& worker : Workers(chain.state())) (void)SignalProcess(worker, SIGKILL);
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon->Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(std::any_of(events.begin(), events.end(), [](const v1::Event& event) {
    return event.attempt_failed().kind() == v1::INFRASTRUCTURE;
  }));
}

TEST_CASE("bad data ends a campaign as failed, in the task's words") {
  const nlohmann::json script = {
      {"generate", {{"stderr", "bank.jsonl:3: no objects\n"}, {"exit", 65}}}};
  Chain chain(script);
  const std::string name = chain.Create("bad-data");
  const auto events = chain.WatchToEnd(name);
  INFO(chain.daemon->Log());
  CHECK(EndState(events) == v1::Campaign::FAILED);
  CHECK(StartsOf(events, "/generate/") == 1);  // trying again cannot help
  const auto failed = std::find_if(events.begin(), events.end(),
                                   [](const auto& event) { return event.has_attempt_failed(); });
  REQUIRE(failed != events.end());
  CHECK(failed->attempt_failed().reason().find("bank.jsonl:3: no objects") != std::string::npos);
}

TEST_CASE("a cancel stops the running task and ends the campaign as cancelled") {
  TempDir marks;
  const nlohmann::json script = {{"train", {{"touch", marks / "began"}, {"hang", true}}}};
  Chain chain(script);
  const std::string name = chain.Create("stopped");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CancelCampaignRequest request;
    request.set_name(name);
    v1::Campaign campaign;
    REQUIRE(chain.daemon->Campaigns()->CancelCampaign(&context, request, &campaign).ok());
  }
  CHECK(EndState(chain.WatchToEnd(name)) == v1::Campaign::CANCELLED);
}

}  // namespace flywheel::testing
