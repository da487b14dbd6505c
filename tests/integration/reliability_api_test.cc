// What clients go through when answers get lost, versions differ or the daemon is told to stop, by
// the numbers of docs/reliability.md.
#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <thread>

#include "base/io/files.h"
#include "tests/integration/fake_worker.h"
#include "tests/integration/health_probe.h"
#include "tests/integration/held_replies.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;
using Stub = v1::CampaignService::Stub;

constexpr int kUnknownText = 9000;
constexpr int kUnknownNumber = 9001;
constexpr int kShutdownGraceS = 2;  // flywheeld's

// The message as a newer version would send it: with fields that this one does not know.
template <typename Message>
Message FromTheFuture(Message message) {
  google::protobuf::UnknownFieldSet* unknown =
      message.GetReflection()->MutableUnknownFields(&message);
  unknown->AddLengthDelimited(kUnknownText, "from the future");
  unknown->AddVarint(kUnknownNumber, 7);
  return message;
}

// Answers a call, whose request gets fields that the daemon does not know.
template <typename Request, typename Response>
Response CallFromTheFuture(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                           const Request& request) {
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, FromTheFuture(request), &response);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return response;
}

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// Clients that create campaigns as fast as they are answered, each until it is refused.
class Load {
 public:
  Load(const DaemonProcess& daemon, int clients) {
    for (int client = 0; client < clients; ++client) {
      threads_.emplace_back([this, channel = daemon.Channel(), client] { Work(channel, client); });
    }
  }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  ~Load() { Join(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  int answered() const { return answered_; }
  // After Join.
  const std::vector<std::string>& acknowledged() const { return acknowledged_; }
  const std::vector<grpc::Status>& refusals() const { return refusals_; }
  const std::vector<Health>& health_after() const { return health_after_; }

 private:
  void Work(const std::shared_ptr<grpc::Channel>& channel, int client) {
    const auto stub = v1::CampaignService::NewStub(channel);
    for (int number = 0;; ++number) {
      grpc::ClientContext context;
      SetDeadline(context);
      v1::CreateCampaignRequest request;
      *request.mutable_spec() = SmallCampaign(fmt::format("load-{}-{}", client, number));
      v1::Campaign campaign;
      const grpc::Status status = stub->CreateCampaign(&context, request, &campaign);
      ++answered_;
      if (!status.ok()) return Refused(channel, status);
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back(campaign.name());
    }
  }

  void Refused(const std::shared_ptr<grpc::Channel>& channel, const grpc::Status& status) {
    const Health after = CheckHealth(channel);
    const std::lock_guard lock(mutex_);
    refusals_.push_back(status);
    health_after_.push_back(after);
  }

  std::atomic<int> answered_ = 0;
  std::mutex mutex_;
  std::vector<std::string> acknowledged_;  // guarded, as the next two
  std::vector<grpc::Status> refusals_;
  std::vector<Health> health_after_;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE(
    "reliability 19: a client of a newer version is answered, what the daemon does not know "
    "is passed over") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  const auto stub = daemon.Campaigns();
  v1::CreateCampaignRequest create;
  *create.mutable_spec() = FromTheFuture(SmallCampaign("future"));
  create.set_request_id("future-1");
  const std::string name = CallFromTheFuture(*stub, &Stub::CreateCampaign, create).name();
  CHECK(name == "campaigns/c1");
  CHECK(CallFromTheFuture(*stub, &Stub::CreateCampaign, create).name() == name);
  v1::ListCampaignsRequest list;
  list.add_states(static_cast<v1::Campaign::State>(99));  // a state that this version does not have
  CHECK(CallFromTheFuture(*stub, &Stub::ListCampaigns, list).campaigns().empty());
  list.add_states(v1::Campaign::RUNNING);
  CHECK(CallFromTheFuture(*stub, &Stub::ListCampaigns, list).campaigns_size() == 1);
  CHECK(CallFromTheFuture(*stub, &Stub::PauseCampaign, Named<v1::PauseCampaignRequest>(name))
            .state() == v1::Campaign::PAUSED);
  CHECK(CallFromTheFuture(*stub, &Stub::ResumeCampaign, Named<v1::ResumeCampaignRequest>(name))
            .state() == v1::Campaign::RUNNING);
  CHECK(CallFromTheFuture(*stub, &Stub::ListEvents, Named<v1::ListEventsRequest>(name))
            .events_size() > 2);
  CallFromTheFuture(*stub, &Stub::GetReport, Named<v1::GetReportRequest>(name));
  CallFromTheFuture(*stub, &Stub::ListWorkers, v1::ListWorkersRequest());
  CHECK(CallFromTheFuture(*stub, &Stub::CancelCampaign, Named<v1::CancelCampaignRequest>(name))
            .name() == name);
  CHECK(CallFromTheFuture(*stub, &Stub::GetCampaign, Named<v1::GetCampaignRequest>(name)).state() ==
        v1::Campaign::CANCELLED);
}

TEST_CASE("reliability 19: a worker of a newer version works for an older daemon") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  Create(daemon, SmallCampaign("future"));
  FakeWorker worker(daemon.Channel(), FromTheFuture(FakeWorker::MakeHello("w1")),
                    FakeWorker::Mode::kByHand);
  const v1::Assign assign = worker.WaitForAssign();
  // A kind of message that this daemon does not have.
  worker.Send(FromTheFuture(v1::WorkerMessage()));
  worker.SendHeartbeat(assign);
  worker.Send(FromTheFuture(FakeWorker::FinishedMessage(assign)));
  CHECK(worker.WaitForAcknowledge().accepted());
}

TEST_CASE(
    "reliability 32: a create whose answer was lost is the same campaign when it is asked for "
    "again") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  HeldReplies between(daemon.address(), folder / "between");
  const auto stub = v1::CampaignService::NewStub(between.Channel());
  v1::ListCampaignsResponse listed;
  {
    grpc::ClientContext context;
    SetDeadline(context);
    REQUIRE(stub->ListCampaigns(&context, {}, &listed).ok());
  }
  between.Hold();
  v1::CreateCampaignRequest create;
  *create.mutable_spec() = SmallCampaign("once");
  create.set_request_id("request-1");
  {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    v1::Campaign unheard;
    CHECK(stub->CreateCampaign(&context, create, &unheard).error_code() ==
          grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  // It was done all the same, and is done once however often and whenever it is asked for.
  CHECK(Get(daemon, "campaigns/c1").spec().display_name() == "once");
  CHECK(Create(daemon, create.spec(), "request-1") == "campaigns/c1");
  daemon.Kill();
  daemon.Restart();
  CHECK(Create(daemon, create.spec(), "request-1") == "campaigns/c1");
  v1::CampaignSpec other = create.spec();
  other.set_seed(other.seed() + 1);
  CHECK(TryCreate(daemon, other, "request-1").error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  int created = 0;
  for (const v1::Event& event : Events(daemon, "")) created += event.has_campaign_created() ? 1 : 0;
  CHECK(created == 1);
}

TEST_CASE(
    "reliability 35: a daemon that is told to stop under load says so first, keeps what it "
    "acknowledged and leaves the workers running") {
  TempDir marks;
  LocalChain chain(
      json{{"c1/i0/prepare", {{"touch", marks / "began"}, {"wait_for", marks / "go"}}}},
      R"({"local": {"max_workers": 1, "cpus": 1, "idle_timeout_s": 5}})");
  const std::string name = chain.Create("running");
  const ProcessIdentity task = ProcessNamedIn(marks / "began");
  const auto workers = chain.Workers();
  HealthWatch health(chain.daemon().Channel());
  REQUIRE(health.Next() == Health::kServing);
  Load load(chain.daemon(), 8);
  REQUIRE(Eventually([&] { return load.answered() > 100; }));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(chain.daemon().Terminate() == ExitStatus{});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(kShutdownGraceS + 5));
  CHECK(health.Next() == Health::kNotServing);
  load.Join();
  for (const grpc::Status& status : load.refusals()) {
    INFO(status.error_message());
    CHECK(status.error_code() == grpc::StatusCode::UNAVAILABLE);
  }
  // Who was refused and asks why is not told that all is well.
  for (const Health after : load.health_after()) CHECK(after != Health::kServing);

  for (const auto& [id, worker] : workers) CHECK(IsRunning(worker));
  CHECK(IsRunning(task));
  chain.daemon().Restart();
  CHECK(chain.Workers() == workers);
  for (const std::string& acknowledged : load.acknowledged()) {
    CHECK(Get(chain.daemon(), acknowledged).name() == acknowledged);
    Cancel(chain.daemon(), acknowledged);
  }
  REQUIRE(WriteFile(marks / "go", "").ok());
  const auto events = chain.WatchToEnd(name);
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(events).empty());
}

}  // namespace flywheel::testing
