// Campaigns through a real flywheeld over gRPC, the work done by a worker inside the test.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/integration/daemon_process.h"
#include "tests/integration/fake_worker.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

using Stub = v1::CampaignService::Stub;

// A call that must succeed.
template <typename Request, typename Response>
Response Call(Stub& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return response;
}

// The status of a call that must fail.
template <typename Request, typename Response>
grpc::Status Refused(Stub& stub,
                     grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                     const Request& request) {
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  REQUIRE_FALSE(status.ok());
  return status;
}

v1::CreateCampaignRequest CreateRequest(const std::string& name, const std::string& id = "") {
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = SmallCampaign(name);
  request.set_request_id(id);
  return request;
}

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// Every event after `after_seq`, until the daemon ends the stream.
std::vector<v1::Event> WatchToEnd(Stub& stub, const std::string& name, int64_t after_seq,
                                  grpc::Status* end) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::WatchEventsRequest request;
  request.set_name(name);
  request.set_after_seq(after_seq);
  auto stream = stub.WatchEvents(&context, request);
  std::vector<v1::Event> events;
  v1::WatchEventsResponse response;
  while (stream->Read(&response)) events.push_back(response.event());
  *end = stream->Finish();
  return events;
}

struct Setting {
  TempDir folder;
  DaemonProcess daemon{{.state_dir = folder / "state"}};
  std::unique_ptr<Stub> stub = daemon.Campaigns();

  std::unique_ptr<FakeWorker> Worker(FakeWorker::Mode mode, const std::string& id = "w1") {
    return std::make_unique<FakeWorker>(daemon.Channel(), FakeWorker::MakeHello(id), mode);
  }
};

}  // namespace

TEST_CASE("a campaign runs from create to its report, and watching it misses nothing") {
  Setting s;
  const auto worker = s.Worker(FakeWorker::Mode::kAnswersAll);
  const v1::Campaign created = Call(*s.stub, &Stub::CreateCampaign, CreateRequest("first"));
  CHECK(created.name() == "campaigns/c1");
  CHECK(created.spec().gate().alpha() == 0.05);

  grpc::Status end;
  const auto events = WatchToEnd(*s.stub, created.name(), 0, &end);
  INFO(s.daemon.Log());
  REQUIRE(end.ok());
  REQUIRE_FALSE(events.empty());
  for (size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].seq() == static_cast<int64_t>(i) + 1);
    CHECK_FALSE(events[i].why().empty());
  }
  CHECK(events.front().has_campaign_created());
  REQUIRE(events.back().has_campaign_ended());
  CHECK(events.back().campaign_ended().state() == v1::Campaign::SUCCEEDED);

  const v1::Campaign ended =
      Call(*s.stub, &Stub::GetCampaign, Named<v1::GetCampaignRequest>(created.name()));
  CHECK(ended.state() == v1::Campaign::SUCCEEDED);
  CHECK(ended.etag() != created.etag());
  CHECK(ended.last_seq() == events.back().seq());
  CHECK(ended.running().empty());
  const v1::CampaignReport report =
      Call(*s.stub, &Stub::GetReport, Named<v1::GetReportRequest>(created.name()));
  CHECK(report.state() == "SUCCEEDED");
  REQUIRE(report.iterations_size() == 3);  // two trainings and the closing evaluation
  CHECK(report.iterations(0).gate().verdict() == "baseline");
  CHECK(report.iterations(2).weights().empty());
  CHECK(report.champion() == ended.champion());

  // Resumed in the middle, the rest comes and nothing twice.
  const int64_t middle = events[events.size() / 2].seq();
  const auto rest = WatchToEnd(*s.stub, created.name(), middle, &end);
  REQUIRE(end.ok());
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.front().seq() == middle + 1);
  CHECK(rest.size() == events.size() - static_cast<size_t>(middle));

  // The same events again, a page at a time.
  auto request = Named<v1::ListEventsRequest>(created.name());
  request.set_page_size(7);
  std::vector<v1::Event> listed;
  do {
    const v1::ListEventsResponse page = Call(*s.stub, &Stub::ListEvents, request);
    CHECK(page.events_size() <= 7);
    listed.insert(listed.end(), page.events().begin(), page.events().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  REQUIRE(listed.size() == events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    CHECK(listed[i].SerializeAsString().size() == events[i].SerializeAsString().size());
    CHECK(listed[i].seq() == events[i].seq());
  }
}

TEST_CASE(
    "reliability 32: the same request id makes one campaign, with another spec it is refused") {
  Setting s;
  const v1::Campaign first = Call(*s.stub, &Stub::CreateCampaign, CreateRequest("one", "id-1"));
  const v1::Campaign again = Call(*s.stub, &Stub::CreateCampaign, CreateRequest("one", "id-1"));
  CHECK(again.name() == first.name());
  auto other = CreateRequest("one", "id-1");
  other.mutable_spec()->set_seed(8);
  CHECK(Refused(*s.stub, &Stub::CreateCampaign, other).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  // Without an id the name is taken.
  CHECK(Refused(*s.stub, &Stub::CreateCampaign, CreateRequest("one")).error_code() ==
        grpc::StatusCode::ALREADY_EXISTS);
  CHECK(Refused(*s.stub, &Stub::CreateCampaign, CreateRequest("two", std::string(129, 'x')))
            .error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  const v1::ListCampaignsResponse all =
      Call(*s.stub, &Stub::ListCampaigns, v1::ListCampaignsRequest());
  CHECK(all.campaigns_size() == 1);
}

TEST_CASE("a wrong spec is refused with every wrong field, and validate_only stores nothing") {
  Setting s;
  auto wrong = CreateRequest("wrong");
  wrong.mutable_spec()->set_iterations(0);
  wrong.mutable_spec()->mutable_generate()->set_images(0);
  const grpc::Status refused = Refused(*s.stub, &Stub::CreateCampaign, wrong);
  CHECK(refused.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(refused.error_message().find("spec.iterations: 0: expected at least 1") !=
        std::string::npos);
  CHECK(refused.error_message().find("spec.generate.images: 0: expected at least 1") !=
        std::string::npos);
  auto dry = CreateRequest("dry");
  dry.set_validate_only(true);
  const v1::Campaign checked = Call(*s.stub, &Stub::CreateCampaign, dry);
  CHECK(checked.name().empty());
  CHECK(checked.spec().evaluate().scoring() == "mean");
  wrong.set_validate_only(true);
  CHECK(Refused(*s.stub, &Stub::CreateCampaign, wrong).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(Call(*s.stub, &Stub::ListCampaigns, v1::ListCampaignsRequest()).campaigns().empty());
}

TEST_CASE("campaigns are listed newest first, in pages that belong to their request") {
  Setting s;
  for (int i = 1; i <= 5; ++i) {
    Call(*s.stub, &Stub::CreateCampaign, CreateRequest(fmt::format("n{}", i)));
  }
  v1::ListCampaignsRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  std::string first_token;
  do {
    const auto page = Call(*s.stub, &Stub::ListCampaigns, request);
    for (const auto& campaign : page.campaigns()) names.push_back(campaign.spec().display_name());
    request.set_page_token(page.next_page_token());
    if (first_token.empty()) first_token = page.next_page_token();
  } while (!request.page_token().empty());
  CHECK(names == std::vector<std::string>{"n5", "n4", "n3", "n2", "n1"});

  v1::ListCampaignsRequest other;
  other.set_page_token(first_token);
  other.set_display_name("n3");
  CHECK(Refused(*s.stub, &Stub::ListCampaigns, other).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  other.clear_page_token();
  REQUIRE(Call(*s.stub, &Stub::ListCampaigns, other).campaigns_size() == 1);
  other.set_page_size(-1);
  CHECK(Refused(*s.stub, &Stub::ListCampaigns, other).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  v1::ListCampaignsRequest ended;
  ended.add_states(v1::Campaign::SUCCEEDED);
  CHECK(Call(*s.stub, &Stub::ListCampaigns, ended).campaigns().empty());
}

TEST_CASE("pause, resume and cancel work on what was read, and refuse what makes no sense") {
  Setting s;
  const auto worker = s.Worker(FakeWorker::Mode::kByHand);
  const v1::Campaign created = Call(*s.stub, &Stub::CreateCampaign, CreateRequest("held"));
  const v1::Assign assign = worker->WaitForAssign();
  CHECK(assign.task().kind() == "prepare");
  auto pause = Named<v1::PauseCampaignRequest>(created.name());
  pause.set_etag("stale");
  CHECK(Refused(*s.stub, &Stub::PauseCampaign, pause).error_code() == grpc::StatusCode::ABORTED);
  pause.set_etag(
      Call(*s.stub, &Stub::GetCampaign, Named<v1::GetCampaignRequest>(created.name())).etag());
  CHECK(Call(*s.stub, &Stub::PauseCampaign, pause).state() == v1::Campaign::PAUSED);
  pause.clear_etag();
  CHECK(Call(*s.stub, &Stub::PauseCampaign, pause).state() == v1::Campaign::PAUSED);
  // What runs may finish; its result counts.
  worker->SendFinished(assign);
  CHECK(worker->WaitForAcknowledge().accepted());
  const auto resume = Named<v1::ResumeCampaignRequest>(created.name());
  CHECK(Call(*s.stub, &Stub::ResumeCampaign, resume).state() == v1::Campaign::RUNNING);
  const v1::Assign next = worker->WaitForAssign();
  CHECK(next.task().kind() == "score");

  const auto cancel = Named<v1::CancelCampaignRequest>(created.name());
  CHECK(Call(*s.stub, &Stub::CancelCampaign, cancel).state() == v1::Campaign::CANCELLING);
  CHECK(worker->WaitForCancel().attempt() == next.task().attempt());
  CHECK(Refused(*s.stub, &Stub::ResumeCampaign, resume).error_code() ==
        grpc::StatusCode::FAILED_PRECONDITION);
  v1::WorkerMessage stopped;
  stopped.mutable_finished()->set_attempt(next.task().attempt());
  stopped.mutable_finished()->set_fencing_token(next.fencing_token());
  stopped.mutable_finished()->mutable_failed()->set_cancelled(true);
  stopped.mutable_finished()->mutable_failed()->set_reason("stopped as told");
  worker->Send(stopped);
  grpc::Status end;
  const auto events = WatchToEnd(*s.stub, created.name(), 0, &end);
  CHECK(end.ok());
  REQUIRE_FALSE(events.empty());
  CHECK(events.back().campaign_ended().state() == v1::Campaign::CANCELLED);
  CHECK(Call(*s.stub, &Stub::CancelCampaign, cancel).state() == v1::Campaign::CANCELLED);
}

TEST_CASE("what is not there and what is malformed have their own errors") {
  Setting s;
  const auto get = [&](const std::string& name) {
    return Refused(*s.stub, &Stub::GetCampaign, Named<v1::GetCampaignRequest>(name)).error_code();
  };
  CHECK(get("campaigns/c9") == grpc::StatusCode::NOT_FOUND);
  CHECK(get("c9") == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(get("") == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(Refused(*s.stub, &Stub::GetReport, Named<v1::GetReportRequest>("campaigns/c9"))
            .error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Refused(*s.stub, &Stub::PauseCampaign, Named<v1::PauseCampaignRequest>("campaigns/c9"))
            .error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Refused(*s.stub, &Stub::ListEvents, Named<v1::ListEventsRequest>("campaigns/c9"))
            .error_code() == grpc::StatusCode::NOT_FOUND);
  grpc::Status end;
  WatchToEnd(*s.stub, "campaigns/c9", 0, &end);
  CHECK(end.error_code() == grpc::StatusCode::NOT_FOUND);
  WatchToEnd(*s.stub, "nonsense", 0, &end);
  CHECK(end.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  WatchToEnd(*s.stub, "", -1, &end);
  CHECK(end.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  WatchToEnd(*s.stub, "", 1000, &end);
  CHECK(end.error_code() == grpc::StatusCode::OUT_OF_RANGE);
}

TEST_CASE("workers are listed while they are connected, and one id is one process") {
  Setting s;
  {
    const auto worker = s.Worker(FakeWorker::Mode::kByHand, "by-hand");
    CHECK(worker->WaitForWelcome().lease_s() == 20);
    Call(*s.stub, &Stub::CreateCampaign, CreateRequest("busy"));
    const std::string attempt = worker->WaitForAssign().task().attempt();
    const auto listed = Call(*s.stub, &Stub::ListWorkers, v1::ListWorkersRequest());
    REQUIRE(listed.workers_size() == 1);
    CHECK(listed.workers(0).worker_id() == "by-hand");
    CHECK(listed.workers(0).attempt() == attempt);
    v1::Hello impostor = FakeWorker::MakeHello("by-hand");
    impostor.set_pid(impostor.pid() + 1);
    FakeWorker second(s.daemon.Channel(), impostor, FakeWorker::Mode::kByHand);
    CHECK(second.WaitForEnd().error_code() == grpc::StatusCode::ALREADY_EXISTS);
  }
  v1::Hello stranger = FakeWorker::MakeHello("stranger");
  stranger.set_installation_id("00000000");
  FakeWorker other(s.daemon.Channel(), stranger, FakeWorker::Mode::kByHand);
  CHECK(other.WaitForEnd().error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  FakeWorker nameless(s.daemon.Channel(), FakeWorker::MakeHello(""), FakeWorker::Mode::kByHand);
  CHECK(nameless.WaitForEnd().error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("several campaigns share a worker and all end") {
  Setting s;
  const auto worker = s.Worker(FakeWorker::Mode::kAnswersAll);
  std::vector<std::string> names;
  for (const char* name : {"a", "b", "d"}) {
    names.push_back(Call(*s.stub, &Stub::CreateCampaign, CreateRequest(name)).name());
  }
  for (const std::string& name : names) {
    grpc::Status end;
    const auto events = WatchToEnd(*s.stub, name, 0, &end);
    REQUIRE(end.ok());
    REQUIRE_FALSE(events.empty());
    CHECK(events.back().campaign_ended().state() == v1::Campaign::SUCCEEDED);
    for (size_t i = 1; i < events.size(); ++i) CHECK(events[i].seq() > events[i - 1].seq());
  }
}

}  // namespace flywheel::testing
