#include "clients/cli/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/io/json.h"

namespace flywheel {
namespace {

constexpr double kCallTimeoutS = 30;
constexpr double kUpkeepTimeoutS = 3600;
constexpr int kPageSize = 500;

std::chrono::system_clock::time_point Deadline(double seconds) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(
             std::chrono::duration<double>(seconds));
}

Status FromGrpc(const grpc::Status& status, const std::string& address) {
  if (status.ok()) return OkStatus();
  const auto code = static_cast<StatusCode>(status.error_code());
  if (code == StatusCode::kUnavailable) {
    return Unavailable(
        fmt::format("the daemon at {} cannot be reached: {}", address, status.error_message()));
  }
  return Status(code, status.error_message());
}

// One unary call with a deadline.
template <typename Response, typename Request, typename Method>
Result<Response> Call(const std::string& address, const Request& request, Method method,
                      double timeout_s = kCallTimeoutS) {
  grpc::ClientContext context;
  context.set_deadline(Deadline(timeout_s));
  Response response;
  FW_TRY(FromGrpc(method(&context, request, &response), address));
  return response;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // A daemon of this machine comes back soon or not at all.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

bool IsResourceName(const std::string& name) { return name.starts_with("campaigns/"); }

// "c7": how logs and folders call a campaign. No display name has this form.
bool IsShortName(const std::string& name) {
  return name.size() > 1 && name[0] == 'c' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<DaemonFile> ReadDaemonFile(const std::string& state_dir) {
  const std::string path = state_dir + "/daemon.json";
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  DaemonFile file;
  JsonObjectReader reader(value, path);
  reader.Required("address", &file.address);
  reader.Required("pid", &file.pid);
  FW_TRY(reader.FinishAllowingUnknown());
  return file;
}

Result<std::string> ServerAddress(const std::string& server, const std::string& state_dir) {
  if (!server.empty()) return server;
  if (const char* variable = std::getenv("FLYWHEEL_SERVER");
      variable != nullptr && *variable != '\0') {
    return std::string(variable);
  }
  const auto file = ReadDaemonFile(state_dir);
  if (file.ok()) return file->address;
  if (file.status().code() != StatusCode::kNotFound) return file.status();
  return NotFound(
      fmt::format("no daemon: there is no --server, no FLYWHEEL_SERVER and no {}/daemon.json; "
                  "start flywheeld, or run a campaign with 'flywheel run FILE'",
                  state_dir));
}

std::optional<v1::WatchEventsResponse> EventStream::Next() {
  v1::WatchEventsResponse response;
  if (!reader_->Read(&response)) return std::nullopt;
  return response;
}

Status EventStream::Finish() { return FromGrpc(reader_->Finish(), "the watched address"); }

Client::Client(std::string address)
    : address_(std::move(address)),
      channel_(MakeChannel(address_)),
      stub_(v1::CampaignService::NewStub(channel_)),
      maintenance_(v1::MaintenanceService::NewStub(channel_)) {}

Status Client::WaitUntilReady(double timeout_s) const {
  if (channel_->WaitForConnected(Deadline(timeout_s))) return OkStatus();
  return Unavailable(fmt::format("the daemon at {} cannot be reached", address_));
}

Result<v1::Campaign> Client::Create(const v1::CreateCampaignRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->CreateCampaign(context, in, out);
  });
}

Result<v1::Campaign> Client::Find(const std::string& name) const {
  if (IsResourceName(name) || IsShortName(name)) {
    v1::GetCampaignRequest request;
    request.set_name(IsResourceName(name) ? name : "campaigns/" + name);
    return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
      return stub_->GetCampaign(context, in, out);
    });
  }
  v1::ListCampaignsRequest filter;
  filter.set_display_name(name);
  FW_ASSIGN(const std::vector<v1::Campaign> found, List(filter));
  if (found.empty()) {
    return NotFound(
        fmt::format("no campaign is called '{}'; 'flywheel list' shows those there are", name));
  }
  // Newest first; a live one before those that have ended.
  for (const v1::Campaign& campaign : found) {
    if (!HasEnded(campaign.state())) return campaign;
  }
  return found.front();
}

Result<std::vector<v1::Campaign>> Client::List(const v1::ListCampaignsRequest& filter) const {
  v1::ListCampaignsRequest request = filter;
  request.set_page_size(kPageSize);
  std::vector<v1::Campaign> campaigns;
  do {
    FW_ASSIGN(
        v1::ListCampaignsResponse page,
        Call<v1::ListCampaignsResponse>(address_, request, [&](auto* context, auto& in, auto* out) {
          return stub_->ListCampaigns(context, in, out);
        }));
    for (auto& campaign : *page.mutable_campaigns()) campaigns.push_back(std::move(campaign));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return campaigns;
}

Result<v1::Campaign> Client::Pause(const v1::PauseCampaignRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->PauseCampaign(context, in, out);
  });
}

Result<v1::Campaign> Client::Resume(const v1::ResumeCampaignRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->ResumeCampaign(context, in, out);
  });
}

Result<v1::Campaign> Client::Cancel(const v1::CancelCampaignRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->CancelCampaign(context, in, out);
  });
}

Result<v1::Campaign> Client::Delete(const v1::DeleteCampaignRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->DeleteCampaign(context, in, out);
  });
}

Result<v1::Campaign> Client::Rerun(const v1::RerunTaskRequest& request) const {
  return Call<v1::Campaign>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->RerunTask(context, in, out);
  });
}

Result<v1::CampaignReport> Client::Report(const std::string& resource_name) const {
  v1::GetReportRequest request;
  request.set_name(resource_name);
  return Call<v1::CampaignReport>(address_, request, [&](auto* context, auto& in, auto* out) {
    return stub_->GetReport(context, in, out);
  });
}

Result<std::vector<v1::Event>> Client::Events(const v1::ListEventsRequest& filter) const {
  v1::ListEventsRequest request = filter;
  request.set_page_size(kPageSize);
  std::vector<v1::Event> events;
  do {
    FW_ASSIGN(
        v1::ListEventsResponse page,
        Call<v1::ListEventsResponse>(address_, request, [&](auto* context, auto& in, auto* out) {
          return stub_->ListEvents(context, in, out);
        }));
    for (auto& event : *page.mutable_events()) events.push_back(std::move(event));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return events;
}

Result<v1::ListWorkersResponse> Client::Workers() const {
  return Call<v1::ListWorkersResponse>(
      address_, v1::ListWorkersRequest(),
      [&](auto* context, auto& in, auto* out) { return stub_->ListWorkers(context, in, out); });
}

Result<v1::CollectGarbageResponse> Client::CollectGarbage(
    const v1::CollectGarbageRequest& request) const {
  return Call<v1::CollectGarbageResponse>(
      address_, request,
      [&](auto* context, auto& in, auto* out) {
        return maintenance_->CollectGarbage(context, in, out);
      },
      kUpkeepTimeoutS);
}

Result<v1::CheckStoreResponse> Client::CheckStore(const v1::CheckStoreRequest& request) const {
  return Call<v1::CheckStoreResponse>(
      address_, request,
      [&](auto* context, auto& in, auto* out) {
        return maintenance_->CheckStore(context, in, out);
      },
      kUpkeepTimeoutS);
}

EventStream Client::Watch(const v1::WatchEventsRequest& request) const {
  auto context = std::make_unique<grpc::ClientContext>();
  auto reader = stub_->WatchEvents(context.get(), request);
  return EventStream(std::move(context), std::move(reader));
}

bool HasEnded(v1::Campaign::State state) {
  return state == v1::Campaign::SUCCEEDED || state == v1::Campaign::FAILED ||
         state == v1::Campaign::CANCELLED;
}

}  // namespace flywheel
