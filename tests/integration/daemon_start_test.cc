// How a real flywheeld starts, refuses to start, and ends.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/files.h"
#include "tests/integration/daemon_process.h"
#include "tests/integration/fake_worker.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

void RequireRefused(const Refusal& refusal, const std::string& words) {
  INFO(refusal.words);
  CHECK(refusal.exit == ExitStatus{.exit_code = 1, .signal = 0});
  CHECK(refusal.words.find(words) != std::string::npos);
}

grpc::Status Ping(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListCampaignsResponse response;
  return v1::CampaignService::NewStub(channel)->ListCampaigns(&context, {}, &response);
}

}  // namespace

TEST_CASE(
    "reliability 8: a second daemon on one state directory is refused and the first is "
    "undisturbed") {
  TempDir folder;
  DaemonProcess first({.state_dir = folder / "state"});
  RequireRefused(DaemonProcess::StartRefused({.state_dir = folder / "state"}),
                 fmt::format("in use by the daemon with pid {}", first.pid()));
  CHECK(Ping(first.Channel()).ok());
}

TEST_CASE("reliability 9: a daemon that hangs is taken over, a living one is not") {
  TempDir folder;
  DaemonProcess first({.state_dir = folder / "state"});
  const DaemonArguments successor = {
      .state_dir = folder / "state", .files = folder / "successor", .more = {"--take-over"}};
  RequireRefused(DaemonProcess::StartRefused(successor), "renewed its lease");
  CHECK(Ping(first.Channel()).ok());

  REQUIRE(::kill(first.pid(), SIGSTOP) == 0);
  // As after a while without renewal.
  REQUIRE(WriteFile(folder / "state/lease", "0\n").ok());
  DaemonProcess second(successor);
  CHECK(Ping(second.Channel()).ok());
  CHECK(first.WaitForEnd() == ExitStatus{.exit_code = 0, .signal = SIGKILL});
}

TEST_CASE("reliability 9: an old owner that was not killed refuses to write and exits") {
  TempDir folder;
  DaemonProcess first({.state_dir = folder / "state"});
  REQUIRE(::kill(first.pid(), SIGSTOP) == 0);
  // What a successor does first, whose kill never arrives.
  REQUIRE(WriteFileAtomic(folder / "state/owner.json", "another owner\n").ok());
  REQUIRE(::kill(first.pid(), SIGCONT) == 0);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = SmallCampaign("late");
  v1::Campaign response;
  const grpc::Status refused = first.Campaigns()->CreateCampaign(&context, request, &response);
  INFO(refused.error_message());
  CHECK_FALSE(refused.ok());
  CHECK(first.WaitForEnd() == ExitStatus{.exit_code = 1, .signal = 0});
  CHECK(first.Log().find("another daemon has taken it over") != std::string::npos);
  // Nothing of it was kept.
  first.Restart();
  // The first call may still go over the connection to the daemon that has ended.
  v1::ListCampaignsResponse campaigns;
  grpc::Status listed(grpc::StatusCode::UNAVAILABLE, "not asked yet");
  for (int tries = 0; listed.error_code() == grpc::StatusCode::UNAVAILABLE && tries < 20; ++tries) {
    grpc::ClientContext again;
    SetDeadline(again);
    again.set_wait_for_ready(true);
    listed = first.Campaigns()->ListCampaigns(&again, {}, &campaigns);
  }
  INFO(listed.error_message() << "\n" << first.Log());
  REQUIRE(listed.ok());
  CHECK(campaigns.campaigns().empty());
}

TEST_CASE("addresses that other machines could reach are refused with the reason") {
  TempDir folder;
  for (const char* address : {"0.0.0.0:0", "192.168.1.1:8080", "[::]:0", "example.org:80"}) {
    RequireRefused(
        DaemonProcess::StartRefused({.state_dir = folder / "state", .more = {"--listen", address}}),
        "until there is TLS and authentication");
  }
  RequireRefused(
      DaemonProcess::StartRefused({.state_dir = folder / "state", .more = {"--listen", "8080"}}),
      "expected unix:PATH, or HOST:PORT");
}

TEST_CASE("a port or a socket in use is refused at once") {
  TempDir folder;
  DaemonProcess first({.state_dir = folder / "one", .more = {"--listen", "127.0.0.1:0"}});
  CHECK(Ping(first.Channel()).ok());
  RequireRefused(DaemonProcess::StartRefused(
                     {.state_dir = folder / "two", .more = {"--listen", first.address()}}),
                 "another process listens there");
  DaemonProcess third({.state_dir = folder / "three"});
  RequireRefused(DaemonProcess::StartRefused(
                     {.state_dir = folder / "two", .more = {"--listen", third.address()}}),
                 "another process listens there");
  CHECK(Ping(third.Channel()).ok());
}

TEST_CASE("a wrong configuration is one error that names the file and the place") {
  TempDir folder;
  const auto refused = [&](const std::string& config) {
    return DaemonProcess::StartRefused({.state_dir = folder / "state", .config = config});
  };
  RequireRefused(refused(R"({"lease": 5})"), "state.config.json: lease");
  RequireRefused(refused(R"({"lease_s": "long"})"), "lease_s");
  RequireRefused(refused("{\n  \"lease_s\": 5,\n  oops\n}"), "state.config.json:3:");
  RequireRefused(refused(R"({"lease_s": -5})"), "lease_s: -5: expected a number of at least 0");
  RequireRefused(refused(R"({"log_level": "loud"})"), "log_level: 'loud'");
  RequireRefused(
      DaemonProcess::StartRefused(
          {.state_dir = folder / "state", .config = "", .more = {"--config", folder / "no.json"}}),
      "no.json");
  CHECK_FALSE(std::filesystem::exists(folder / "state"));
}

TEST_CASE("a state directory that cannot be written is refused at once") {
  TempDir folder;
  REQUIRE(WriteFile(folder / "file", "").ok());
  for (const std::string& state : {folder / "file/state", std::string("/proc/flywheel-state")}) {
    RequireRefused(DaemonProcess::StartRefused({.state_dir = state, .files = folder / "refused"}),
                   "state directory " + state);
  }
}

TEST_CASE("missing worker programs are found at the start, not at the first task") {
  TempDir folder;
  RequireRefused(DaemonProcess::StartRefused({.state_dir = folder / "state",
                                              .config = R"({"local": {"max_workers": 1}})",
                                              .environment = {"FLYWHEEL_BIN_DIR=/nowhere"}}),
                 "/nowhere/flywheel-worker");
}

TEST_CASE("a state directory too deep for a socket gets one in a private folder") {
  TempDir folder;
  const std::string deep = folder / std::string(120, 'd');
  DaemonProcess daemon({.state_dir = deep});
  const std::string socket = daemon.address().substr(sizeof "unix:" - 1);
  CHECK(socket.size() <= 107);
  CHECK(Ping(daemon.Channel()).ok());
  struct stat info {};
  REQUIRE(::stat(std::filesystem::path(socket).parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  daemon.Terminate();
  std::filesystem::remove_all(std::filesystem::path(socket).parent_path());
}

TEST_CASE("a free port that was taken once is taken again after a restart") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state", .more = {"--listen", "127.0.0.1:0"}});
  const std::string before = daemon.address();
  CHECK(before != "127.0.0.1:0");
  daemon.Kill();
  daemon.Restart();
  CHECK(daemon.address() == before);
}

TEST_CASE("on SIGTERM watchers and workers are told, and the daemon ends with 0") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  FakeWorker worker(daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
  worker.WaitForWelcome();
  const auto stub = daemon.Campaigns();
  {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CreateCampaignRequest request;
    *request.mutable_spec() = SmallCampaign("running");
    v1::Campaign campaign;
    REQUIRE(stub->CreateCampaign(&context, request, &campaign).ok());
  }
  worker.WaitForAssign();
  grpc::ClientContext context;
  SetDeadline(context);
  auto watch = stub->WatchEvents(&context, {});
  v1::WatchEventsResponse response;
  REQUIRE(watch->Read(&response));  // it watches
  CHECK(daemon.Terminate() == ExitStatus{});
  int64_t last = response.event().seq();
  while (watch->Read(&response)) last = response.event().seq();
  const grpc::Status end = watch->Finish();
  CHECK(end.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK_THAT(end.error_message(),
             Catch::EndsWith(fmt::format("go on after the last seq, {}", last)));
  CHECK(worker.WaitForEnd().error_code() == grpc::StatusCode::UNAVAILABLE);
}

}  // namespace flywheel::testing
