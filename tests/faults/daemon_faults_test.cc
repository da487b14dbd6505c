// A real flywheeld with fault points: what it says and does when its disk or its calls fail.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/integration/daemon_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

constexpr int kMoreThanBootNeeds = 40;  // fsyncs of a start on an empty folder, and some

DaemonArguments Arguments(const TempDir& folder, const std::string& faults) {
  DaemonArguments arguments{.state_dir = folder / "state"};
  if (!faults.empty()) arguments.environment = {"FLYWHEEL_FAULTS=" + faults};
  return arguments;
}

grpc::Status Create(const DaemonProcess& daemon, const std::string& name,
                    v1::Campaign* created = nullptr) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = SmallCampaign(name);
  request.set_request_id(name);
  v1::Campaign response;
  return daemon.Campaigns()->CreateCampaign(&context, request,
                                            created == nullptr ? &response : created);
}

std::set<std::string> DisplayNames(const DaemonProcess& daemon) {
  std::set<std::string> names;
  v1::ListCampaignsRequest request;
  do {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListCampaignsResponse response;
    REQUIRE(daemon.Campaigns()->ListCampaigns(&context, request, &response).ok());
    for (const v1::Campaign& campaign : response.campaigns()) {
      CHECK(names.insert(campaign.spec().display_name()).second);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return names;
}

// Creates campaigns until one is refused; the names of those that were acknowledged.
std::set<std::string> CreateUntilRefused(const DaemonProcess& daemon, grpc::Status* refused) {
  std::set<std::string> acknowledged;
  for (int number = 1; number <= 2 * kMoreThanBootNeeds; ++number) {
    const std::string name = fmt::format("c-{}", number);
    *refused = Create(daemon, name);
    if (!refused->ok()) break;
    acknowledged.insert(name);
  }
  return acknowledged;
}

}  // namespace

TEST_CASE("reliability 13: a daemon whose fsync fails once ends with a message and loses nothing") {
  for (const std::string kind : {"fail_at=fsync", "late_at=fsync", "fail_at=write"}) {
    TempDir folder;
    INFO(kind);
    std::set<std::string> acknowledged;
    {
      DaemonProcess daemon(Arguments(folder, fmt::format("{}:{}", kind, kMoreThanBootNeeds)));
      grpc::Status refused;
      acknowledged = CreateUntilRefused(daemon, &refused);
      INFO(refused.error_message());
      CHECK_FALSE(refused.ok());
      CHECK(refused.error_message().find("journal") != std::string::npos);
      CHECK(daemon.WaitForEnd() == ExitStatus{.exit_code = 1});
      const std::string log = daemon.Log();
      INFO(log);
      const std::string call = kind == "fail_at=write" ? "in a write" : "in an fsync";
      CHECK(log.find("disk I/O error " + call) != std::string::npos);
      CHECK(log.find("flywheeld: writing the journal") != std::string::npos);
    }
    CHECK_FALSE(acknowledged.empty());
    DaemonProcess daemon(Arguments(folder, ""));
    const std::set<std::string> there = DisplayNames(daemon);
    for (const std::string& name : acknowledged) CHECK(there.contains(name));
    CHECK(there.size() <= acknowledged.size() + 1);
  }
}

TEST_CASE("reliability 13: a daemon whose disk fails as it starts says so and does not start") {
  for (const char* kind : {"fail_at=write", "fail_at=fsync", "late_at=fsync", "fail_at=rename"}) {
    TempDir folder;
    const Refusal refusal =
        DaemonProcess::StartRefused(Arguments(folder, fmt::format("{}:1", kind)));
    INFO(refusal.words);
    CHECK(refusal.exit == ExitStatus{.exit_code = 1});
    CHECK(refusal.words.find("Input/output error") != std::string::npos);
    CHECK(refusal.words.find(folder / "state") != std::string::npos);
    DaemonProcess daemon(Arguments(folder, ""));
    CHECK(Create(daemon, "after").ok());
  }
}

TEST_CASE("a commit that was done and reported as failed ends the daemon, and is there after it") {
  TempDir folder;
  {
    DaemonProcess daemon(Arguments(folder, "late_at=commit:2"));
    CHECK(Create(daemon, "one").ok());
    CHECK_FALSE(Create(daemon, "two").ok());
    CHECK(daemon.WaitForEnd() == ExitStatus{.exit_code = 1});
  }
  DaemonProcess daemon(Arguments(folder, ""));
  v1::Campaign again;
  REQUIRE(Create(daemon, "two", &again).ok());  // the same request
  CHECK(again.name() == "campaigns/c2");
  CHECK(DisplayNames(daemon) == std::set<std::string>{"one", "two"});
}

TEST_CASE("reliability 32: a call that did its work and lost its answer is repeated without harm") {
  TempDir folder;
  DaemonProcess daemon(Arguments(folder, "late_at=rpc:1,fail_at=rpc:3"));
  const grpc::Status lost = Create(daemon, "one");
  CHECK(lost.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  v1::Campaign again;
  REQUIRE(Create(daemon, "one", &again).ok());
  CHECK(again.name() == "campaigns/c1");
  // One that fails early did nothing.
  CHECK(Create(daemon, "two").error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(DisplayNames(daemon) == std::set<std::string>{"one"});
}

TEST_CASE("fault rates that cannot be read end the program, naming the item") {
  TempDir folder;
  const Refusal refusal = DaemonProcess::StartRefused(Arguments(folder, "seed=1,write=often"));
  CHECK(refusal.exit == ExitStatus{.exit_code = 2});
  CHECK(refusal.words.find("FLYWHEEL_FAULTS: 'write=often': expected a number from 0 to 1") !=
        std::string::npos);
}

}  // namespace flywheel::testing
