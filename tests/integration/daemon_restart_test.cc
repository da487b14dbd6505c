// A real flywheeld that is killed and started again: nothing is forgotten, nothing is done twice.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/integration/daemon_process.h"
#include "tests/integration/fake_worker.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

using Stub = v1::CampaignService::Stub;

std::string Create(DaemonProcess& daemon, const std::string& display_name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = SmallCampaign(display_name);
  request.set_request_id("request of " + display_name);
  v1::Campaign campaign;
  const grpc::Status status = daemon.Campaigns()->CreateCampaign(&context, request, &campaign);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return campaign.name();
}

v1::Campaign Get(DaemonProcess& daemon, const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetCampaignRequest request;
  request.set_name(name);
  v1::Campaign campaign;
  REQUIRE(daemon.Campaigns()->GetCampaign(&context, request, &campaign).ok());
  return campaign;
}

// Everything about the campaign so far; to its end when `to_end`.
std::vector<v1::Event> Events(DaemonProcess& daemon, const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListEventsRequest request;
  request.set_name(name);
  request.set_page_size(1000);
  v1::ListEventsResponse response;
  REQUIRE(daemon.Campaigns()->ListEvents(&context, request, &response).ok());
  return {response.events().begin(), response.events().end()};
}

void WaitForEnd(DaemonProcess& daemon, const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::WatchEventsRequest request;
  request.set_name(name);
  const auto stub = daemon.Campaigns();
  auto stream = stub->WatchEvents(&context, request);
  v1::WatchEventsResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  INFO(status.error_message() << "\n" << daemon.Log());
  REQUIRE(status.ok());
}

template <typename Predicate>
size_t Count(const std::vector<v1::Event>& events, Predicate predicate) {
  return static_cast<size_t>(std::count_if(events.begin(), events.end(), predicate));
}

v1::HeldAttempt Held(const v1::Assign& assign) {
  v1::HeldAttempt held;
  held.set_attempt(assign.task().attempt());
  held.set_fencing_token(assign.fencing_token());
  return held;
}

struct Setting {
  TempDir folder;
  DaemonProcess daemon{{.state_dir = folder / "state"}};
};

}  // namespace

TEST_CASE(
    "reliability 1: an attempt that runs through a kill -9 of the daemon is adopted, not started "
    "again") {
  Setting s;
  const std::string name = Create(s.daemon, "adopted");
  v1::Hello hello = FakeWorker::MakeHello("w1");
  v1::Assign assign;
  {
    FakeWorker worker(s.daemon.Channel(), hello, FakeWorker::Mode::kByHand);
    assign = worker.WaitForAssign();
    s.daemon.Kill();
  }
  s.daemon.Restart();
  CHECK(Get(s.daemon, name).state() == v1::Campaign::RUNNING);
  *hello.add_running() = Held(assign);
  FakeWorker worker(s.daemon.Channel(), hello, FakeWorker::Mode::kByHand);
  worker.SendHeartbeat(assign);
  worker.SendFinished(assign);
  const v1::Acknowledge acknowledge = worker.WaitForAcknowledge();
  CHECK(acknowledge.accepted());
  CHECK(acknowledge.attempt() == assign.task().attempt());
  const auto events = Events(s.daemon, name);
  CHECK(Count(events, [&](const v1::Event& event) {
          return event.attempt_started().attempt() == assign.task().attempt();
        }) == 1);
  CHECK(Count(events, [](const v1::Event& event) { return event.has_attempt_failed(); }) == 0);
  CHECK(Count(events, [&](const v1::Event& event) {
          return event.attempt_succeeded().attempt() == assign.task().attempt();
        }) == 1);
}

TEST_CASE(
    "reliability 3: a result that was made while the daemon was away is collected once, however "
    "often it is reported") {
  Setting s;
  const std::string name = Create(s.daemon, "once");
  v1::Hello hello = FakeWorker::MakeHello("w1");
  v1::Assign assign;
  {
    FakeWorker worker(s.daemon.Channel(), hello, FakeWorker::Mode::kByHand);
    assign = worker.WaitForAssign();
    s.daemon.Kill();
  }
  s.daemon.Restart();
  *hello.add_finished() = Held(assign);
  {
    FakeWorker worker(s.daemon.Channel(), hello, FakeWorker::Mode::kByHand);
    worker.SendFinished(assign);
    CHECK(worker.WaitForAcknowledge().accepted());
    // The acknowledgement was lost, says the worker; the answer is the same and nothing changes.
    worker.SendFinished(assign);
    CHECK(worker.WaitForAcknowledge().accepted());
    s.daemon.Kill();
  }
  // What was acknowledged is durable.
  s.daemon.Restart();
  const auto events = Events(s.daemon, name);
  CHECK(Count(events, [&](const v1::Event& event) {
          return event.attempt_succeeded().attempt() == assign.task().attempt();
        }) == 1);
}

TEST_CASE("reliability 29: a result with a stale fencing token is refused for good") {
  Setting s;
  Create(s.daemon, "fenced");
  FakeWorker worker(s.daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
  v1::Assign stale = worker.WaitForAssign();
  stale.set_fencing_token(stale.fencing_token() + 100);
  worker.SendFinished(stale);
  const v1::Acknowledge acknowledge = worker.WaitForAcknowledge();
  CHECK_FALSE(acknowledge.accepted());
  CHECK_FALSE(acknowledge.reason().empty());
}

TEST_CASE("a worker that comes back without its attempt loses it, and the task is tried again") {
  Setting s;
  const std::string name = Create(s.daemon, "lost");
  v1::Assign first;
  {
    FakeWorker worker(s.daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
    first = worker.WaitForAssign();
    s.daemon.Kill();
  }
  s.daemon.Restart();
  FakeWorker worker(s.daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
  const v1::Assign second = worker.WaitForAssign();
  CHECK(second.task().attempt() != first.task().attempt());
  CHECK(second.fencing_token() > first.fencing_token());
  const auto events = Events(s.daemon, name);
  CHECK(Count(events, [&](const v1::Event& event) {
          return event.attempt_failed().attempt() == first.task().attempt() &&
                 event.attempt_failed().kind() == v1::INFRASTRUCTURE;
        }) == 1);
}

TEST_CASE("reliability 5 and 6: a pause and a cancel that were acknowledged hold after a kill -9") {
  Setting s;
  const std::string paused = Create(s.daemon, "paused");
  const std::string cancelled = Create(s.daemon, "cancelled");
  {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::PauseCampaignRequest request;
    request.set_name(paused);
    v1::Campaign campaign;
    REQUIRE(s.daemon.Campaigns()->PauseCampaign(&context, request, &campaign).ok());
  }
  {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CancelCampaignRequest request;
    request.set_name(cancelled);
    v1::Campaign campaign;
    REQUIRE(s.daemon.Campaigns()->CancelCampaign(&context, request, &campaign).ok());
  }
  s.daemon.Kill();
  s.daemon.Restart();
  CHECK(Get(s.daemon, paused).state() == v1::Campaign::PAUSED);
  WaitForEnd(s.daemon, cancelled);
  CHECK(Get(s.daemon, cancelled).state() == v1::Campaign::CANCELLED);
  // The same create is still the same campaign.
  CHECK(Create(s.daemon, "paused") == paused);
}

TEST_CASE("a campaign whose daemon is killed again and again ends as if nothing had happened") {
  Setting s;
  const std::string name = Create(s.daemon, "stubborn");
  constexpr int kTasksALife = 2;
  constexpr int kLives = 4;
  for (int life = 0; life < kLives; ++life) {
    FakeWorker worker(s.daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
    for (int task = 0; task < kTasksALife; ++task) {
      worker.SendFinished(worker.WaitForAssign());
      CHECK(worker.WaitForAcknowledge().accepted());
    }
    s.daemon.Kill();
    s.daemon.Restart();
  }
  FakeWorker worker(s.daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kAnswersAll);
  WaitForEnd(s.daemon, name);
  CHECK(Get(s.daemon, name).state() == v1::Campaign::SUCCEEDED);
  const auto events = Events(s.daemon, name);
  for (size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].seq() == static_cast<int64_t>(i) + 1);
  }
}

}  // namespace flywheel::testing
