#include "orchestrator/api/campaign_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/api/page_token.h"
#include "orchestrator/api/rpc_status.h"
#include "orchestrator/api/watch_stream.h"
#include "orchestrator/core/report.h"
#include "orchestrator/wire/campaign_codec.h"
#include "orchestrator/wire/campaign_spec_check.h"
#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/report_codec.h"
#include "orchestrator/wire/spec_codec.h"

namespace flywheel {
namespace {

// A page ends early when it grows beyond this: clients take 4 MiB at most unless told otherwise.
constexpr size_t kMaxPageBytes = 1024 * 1024;

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

// The campaign with this resource name.
Result<const CampaignState*> Find(const LoopState& state, const std::string& name) {
  FW_ASSIGN(const int64_t id, ParseCampaignResourceName(name));
  const CampaignState* campaign = state.Find(id);
  if (campaign == nullptr) return NotFound(fmt::format("{}: there is no such campaign", name));
  return campaign;
}

// What must not change between two pages of one listing.
std::string ListArguments(const v1::ListCampaignsRequest& request) {
  std::string arguments = fmt::format("campaigns\n{}\n", request.display_name());
  for (const int state : request.states()) arguments += fmt::format("{},", state);
  return arguments;
}

std::string EventArguments(const v1::ListEventsRequest& request) {
  return fmt::format("events\n{}\n{}", request.name(), request.after_seq());
}

bool Matches(const v1::ListCampaignsRequest& request, const CampaignState& campaign) {
  if (!request.display_name().empty() && request.display_name() != campaign.spec->display_name) {
    return false;
  }
  const auto& states = request.states();
  return states.empty() ||
         std::find(states.begin(), states.end(), static_cast<int>(campaign.phase)) != states.end();
}

}  // namespace

void CampaignServiceSkin::Submit(Command command, grpc::ServerUnaryReactor* reactor,
                                 v1::Campaign* response) {
  parts_.host->Submit(
      std::move(command), [this, reactor, response](Result<Shared<CampaignState>> campaign) {
        if (!campaign.ok()) return reactor->Finish(ToGrpc(campaign.status()));
        Result<v1::Campaign> message = ToProto(**campaign, *parts_.host->snapshot());
        const Status status = message.status();
        if (status.ok()) *response = *std::move(message);
        reactor->Finish(ToGrpc(status));
      });
}

Status CampaignServiceSkin::Create(const v1::CreateCampaignRequest& request,
                                   flywheel::CreateCampaign* command) const {
  if (request.request_id().size() > kMaxRequestId) {
    return InvalidArgument(fmt::format("request_id: {} characters: expected at most {}",
                                       request.request_id().size(), kMaxRequestId));
  }
  FW_TRY(CheckCampaignSpec(request.spec()));
  FW_ASSIGN(command->spec, FromProto(WithSpecDefaults(request.spec())));
  command->request_id = request.request_id();
  command->request_digest = SpecDigest(request.spec());
  return OkStatus();
}

Status CampaignServiceSkin::Validate(const flywheel::CreateCampaign& command,
                                     v1::Campaign* response) const {
  const Snapshot state = parts_.host->snapshot();
  FW_TRY(CheckCreate(*state, command));
  FW_ASSIGN(*response->mutable_spec(), ToProto(WithDefaults(command.spec, state->config)));
  return OkStatus();
}

grpc::ServerUnaryReactor* CampaignServiceSkin::CreateCampaign(
    grpc::CallbackServerContext* context, const v1::CreateCampaignRequest* request,
    v1::Campaign* response) {
  flywheel::CreateCampaign command;
  const Status status = Create(*request, &command);
  if (!status.ok()) return Answer(context, status);
  if (request->validate_only()) return Answer(context, Validate(command, response));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Submit(std::move(command), reactor, response);
  return reactor;
}

Status CampaignServiceSkin::Get(const v1::GetCampaignRequest& request,
                                v1::Campaign* response) const {
  const Snapshot state = parts_.host->snapshot();
  FW_ASSIGN(const CampaignState* campaign, Find(*state, request.name()));
  FW_ASSIGN(*response, ToProto(*campaign, *state));
  return OkStatus();
}

grpc::ServerUnaryReactor* CampaignServiceSkin::GetCampaign(grpc::CallbackServerContext* context,
                                                           const v1::GetCampaignRequest* request,
                                                           v1::Campaign* response) {
  return Answer(context, Get(*request, response));
}

Status CampaignServiceSkin::List(const v1::ListCampaignsRequest& request,
                                 v1::ListCampaignsResponse* response) const {
  FW_ASSIGN(const int32_t size, PageSize(request.page_size()));
  const Snapshot state = parts_.host->snapshot();
  response->set_last_seq(state->last_seq);
  auto next = std::make_reverse_iterator(state->campaigns.end());  // newest first
  if (!request.page_token().empty()) {
    FW_ASSIGN(const int64_t last, ReadPageToken(ListArguments(request), request.page_token()));
    next = std::make_reverse_iterator(state->campaigns.AtOrAfter(last));
  }
  int64_t last = 0;
  for (; next != std::make_reverse_iterator(state->campaigns.begin()); ++next) {
    const CampaignState& campaign = *(*next).second;
    if (!Matches(request, campaign)) continue;
    if (response->campaigns_size() == size) {
      response->set_next_page_token(MakePageToken(ListArguments(request), last));
      return OkStatus();
    }
    FW_ASSIGN(*response->add_campaigns(), ToProto(campaign, *state));
    last = campaign.id;
  }
  return OkStatus();
}

grpc::ServerUnaryReactor* CampaignServiceSkin::ListCampaigns(
    grpc::CallbackServerContext* context, const v1::ListCampaignsRequest* request,
    v1::ListCampaignsResponse* response) {
  return Answer(context, List(*request, response));
}

grpc::ServerWriteReactor<v1::WatchEventsResponse>* CampaignServiceSkin::WatchEvents(
    grpc::CallbackServerContext*, const v1::WatchEventsRequest* request) {
  return WatchStream::Start(*parts_.host, *parts_.reader, *request);
}

template <typename CommandKind, typename Request>
grpc::ServerUnaryReactor* CampaignServiceSkin::Change(grpc::CallbackServerContext* context,
                                                      const Request& request,
                                                      v1::Campaign* response) {
  const Result<int64_t> id = ParseCampaignResourceName(request.name());
  if (!id.ok()) return Answer(context, id.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Submit(CommandKind{.campaign = *id, .etag = request.etag()}, reactor, response);
  return reactor;
}

grpc::ServerUnaryReactor* CampaignServiceSkin::PauseCampaign(
    grpc::CallbackServerContext* context, const v1::PauseCampaignRequest* request,
    v1::Campaign* response) {
  const Result<int64_t> id = ParseCampaignResourceName(request->name());
  if (!id.ok()) return Answer(context, id.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Submit(flywheel::PauseCampaign{.campaign = *id, .etag = request->etag(), .now = request->now()},
         reactor, response);
  return reactor;
}

grpc::ServerUnaryReactor* CampaignServiceSkin::ResumeCampaign(
    grpc::CallbackServerContext* context, const v1::ResumeCampaignRequest* request,
    v1::Campaign* response) {
  return Change<flywheel::ResumeCampaign>(context, *request, response);
}

grpc::ServerUnaryReactor* CampaignServiceSkin::CancelCampaign(
    grpc::CallbackServerContext* context, const v1::CancelCampaignRequest* request,
    v1::Campaign* response) {
  return Change<flywheel::CancelCampaign>(context, *request, response);
}

grpc::ServerUnaryReactor* CampaignServiceSkin::DeleteCampaign(
    grpc::CallbackServerContext* context, const v1::DeleteCampaignRequest* request,
    v1::Campaign* response) {
  return Change<flywheel::DeleteCampaign>(context, *request, response);
}

grpc::ServerUnaryReactor* CampaignServiceSkin::RerunTask(grpc::CallbackServerContext* context,
                                                         const v1::RerunTaskRequest* request,
                                                         v1::Campaign* response) {
  const Result<TaskId> task = ParseTaskId(request->task());
  if (!task.ok()) return Answer(context, task.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Submit(flywheel::RerunTask{.task = *task}, reactor, response);
  return reactor;
}

Status CampaignServiceSkin::Report(const v1::GetReportRequest& request,
                                   v1::CampaignReport* response) const {
  const Snapshot state = parts_.host->snapshot();
  FW_ASSIGN(const CampaignState* campaign, Find(*state, request.name()));
  *response = ToProto(MakeReport(*campaign, parts_.clock->Now()));
  return OkStatus();
}

grpc::ServerUnaryReactor* CampaignServiceSkin::GetReport(grpc::CallbackServerContext* context,
                                                         const v1::GetReportRequest* request,
                                                         v1::CampaignReport* response) {
  return Answer(context, Report(*request, response));
}

Status CampaignServiceSkin::Events(const v1::ListEventsRequest& request,
                                   v1::ListEventsResponse* response) const {
  FW_ASSIGN(const int32_t size, PageSize(request.page_size()));
  if (request.after_seq() < 0) {
    return InvalidArgument(fmt::format("after_seq: {}: expected at least 0", request.after_seq()));
  }
  EventQuery query{.after_seq = request.after_seq(), .campaign = 0, .limit = size + 1};
  if (!request.name().empty()) {
    const Snapshot state = parts_.host->snapshot();
    FW_ASSIGN(const CampaignState* campaign, Find(*state, request.name()));
    query.campaign = campaign->id;
  }
  if (!request.page_token().empty()) {
    FW_ASSIGN(query.after_seq, ReadPageToken(EventArguments(request), request.page_token()));
  }
  FW_ASSIGN(const std::vector<Event> events, parts_.journal->Read(query));
  size_t bytes = 0;
  for (const Event& event : events) {
    if (response->events_size() == size || bytes >= kMaxPageBytes) {
      const int64_t last = response->events(response->events_size() - 1).seq();
      response->set_next_page_token(MakePageToken(EventArguments(request), last));
      break;
    }
    FW_ASSIGN(*response->add_events(), ToProto(event));
    bytes += response->events(response->events_size() - 1).ByteSizeLong();
  }
  return OkStatus();
}

grpc::ServerUnaryReactor* CampaignServiceSkin::ListEvents(grpc::CallbackServerContext* context,
                                                          const v1::ListEventsRequest* request,
                                                          v1::ListEventsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool posted =
      parts_.reader->Post([=, this] { reactor->Finish(ToGrpc(Events(*request, response))); });
  if (!posted) reactor->Finish(ToGrpc(Unavailable("the daemon is stopping")));
  return reactor;
}

void CampaignServiceSkin::Workers(v1::ListWorkersResponse* response) const {
  const Snapshot state = parts_.host->snapshot();
  for (const auto& [id, worker] : state->workers) {
    if (worker.connected) *response->add_workers() = ToProto(worker, parts_.clock->Now());
  }
}

grpc::ServerUnaryReactor* CampaignServiceSkin::ListWorkers(grpc::CallbackServerContext* context,
                                                           const v1::ListWorkersRequest*,
                                                           v1::ListWorkersResponse* response) {
  Workers(response);
  return Answer(context, OkStatus());
}

}  // namespace flywheel
