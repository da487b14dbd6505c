#include "tests/integration/campaign_calls.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace flywheel::testing {
namespace {

using Stub = v1::CampaignService::Stub;

constexpr int kPageSize = 1000;

template <typename Request, typename Response>
grpc::Status Ask(const DaemonProcess& daemon,
                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 const Request& request, Response* response) {
  grpc::ClientContext context;
  SetDeadline(context);
  context.set_wait_for_ready(true);
  return ((*daemon.Campaigns()).*method)(&context, request, response);
}

template <typename Request, typename Response>
Response Call(const DaemonProcess& daemon,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
  Response response;
  const grpc::Status status = Ask(daemon, method, request, &response);
  INFO(status.error_message() << "\n" << daemon.Log());
  REQUIRE(status.ok());
  return response;
}

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

v1::CreateCampaignRequest CreateRequest(const v1::CampaignSpec& spec,
                                        const std::string& request_id) {
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = spec;
  request.set_request_id(request_id);
  return request;
}

template <typename Predicate>
int CountIf(const std::vector<v1::Event>& events, Predicate predicate) {
  return static_cast<int>(std::count_if(events.begin(), events.end(), predicate));
}

}  // namespace

std::string Create(const DaemonProcess& daemon, const v1::CampaignSpec& spec,
                   const std::string& request_id) {
  return Call(daemon, &Stub::CreateCampaign, CreateRequest(spec, request_id)).name();
}

grpc::Status TryCreate(const DaemonProcess& daemon, const v1::CampaignSpec& spec,
                       const std::string& request_id) {
  v1::Campaign response;
  return Ask(daemon, &Stub::CreateCampaign, CreateRequest(spec, request_id), &response);
}

v1::Campaign Get(const DaemonProcess& daemon, const std::string& name) {
  return Call(daemon, &Stub::GetCampaign, Named<v1::GetCampaignRequest>(name));
}

v1::Campaign Pause(const DaemonProcess& daemon, const std::string& name) {
  return Call(daemon, &Stub::PauseCampaign, Named<v1::PauseCampaignRequest>(name));
}

v1::Campaign Resume(const DaemonProcess& daemon, const std::string& name) {
  return Call(daemon, &Stub::ResumeCampaign, Named<v1::ResumeCampaignRequest>(name));
}

v1::Campaign Cancel(const DaemonProcess& daemon, const std::string& name) {
  return Call(daemon, &Stub::CancelCampaign, Named<v1::CancelCampaignRequest>(name));
}

std::vector<v1::Event> Events(const DaemonProcess& daemon, const std::string& name) {
  auto request = Named<v1::ListEventsRequest>(name);
  request.set_page_size(kPageSize);
  std::vector<v1::Event> events;
  do {
    const auto page = Call(daemon, &Stub::ListEvents, request);
    events.insert(events.end(), page.events().begin(), page.events().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return events;
}

std::vector<v1::Event> WatchToEnd(const DaemonProcess& daemon, const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  context.set_wait_for_ready(true);
  const auto stub = daemon.Campaigns();
  auto stream = stub->WatchEvents(&context, Named<v1::WatchEventsRequest>(name));
  std::vector<v1::Event> events;
  v1::WatchEventsResponse response;
  while (stream->Read(&response)) events.push_back(response.event());
  const grpc::Status status = stream->Finish();
  INFO(status.error_message() << "\n" << daemon.Log());
  REQUIRE(status.ok());
  return events;
}

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

int StartsOf(const std::vector<v1::Event>& events, const std::string& part) {
  return CountIf(events, [&](const v1::Event& event) {
    return event.has_attempt_started() &&
           event.attempt_started().attempt().find(part) != std::string::npos;
  });
}

int SuccessesOf(const std::vector<v1::Event>& events, const std::string& part) {
  return CountIf(events, [&](const v1::Event& event) {
    return event.has_attempt_succeeded() &&
           event.attempt_succeeded().attempt().find(part) != std::string::npos;
  });
}

std::vector<v1::AttemptFailed> Failures(const std::vector<v1::Event>& events) {
  std::vector<v1::AttemptFailed> failures;
  for (const v1::Event& event : events) {
    if (event.has_attempt_failed()) failures.push_back(event.attempt_failed());
  }
  return failures;
}

v1::Campaign::State EndState(const std::vector<v1::Event>& events) {
  REQUIRE_FALSE(events.empty());
  return events.back().campaign_ended().state();
}

}  // namespace flywheel::testing
