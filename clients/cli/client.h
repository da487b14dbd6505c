// The daemon as commands see it: where it is, its calls with errors as Status, campaigns by
// resource name or display name, and the stream of events. Retries nothing by itself.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flywheel/v1/campaign_service.grpc.pb.h"
#include "flywheel/v1/maintenance_service.grpc.pb.h"

namespace flywheel {

// What a running daemon says about itself in STATE/daemon.json.
struct DaemonFile {
  std::string address;
  int64_t pid = 0;
};

// NOT_FOUND when there is no such file; INVALID_ARGUMENT when it is not one.
Result<DaemonFile> ReadDaemonFile(const std::string& state_dir);

// Where to look for the daemon: `server` where given, else FLYWHEEL_SERVER, else what the daemon of
// the state directory wrote. NOT_FOUND says what was looked for.
Result<std::string> ServerAddress(const std::string& server, const std::string& state_dir);

// Events of one campaign or, without a name, of all.
class EventStream {
 public:
  // Blocks; nothing at the end of the stream. Then Finish says why it ended.
  std::optional<v1::WatchEventsResponse> Next();
  Status Finish();
  // From any thread: Next returns nothing, Finish CANCELLED.
  void Cancel() { context_->TryCancel(); }

 private:
  friend class Client;
  EventStream(std::unique_ptr<grpc::ClientContext> context,
              std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader)
      : context_(std::move(context)), reader_(std::move(reader)) {}

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader_;
};

class Client {
 public:
  // Connects when the first call is made.
  explicit Client(std::string address);

  const std::string& address() const { return address_; }

  // Whether the daemon answers within the time. UNAVAILABLE names the address.
  Status WaitUntilReady(double timeout_s) const;

  Result<v1::Campaign> Create(const v1::CreateCampaignRequest& request) const;
  // "campaigns/c7", "c7" or a display name; of campaigns with one display name the newest.
  Result<v1::Campaign> Find(const std::string& name) const;
  Result<std::vector<v1::Campaign>> List(const v1::ListCampaignsRequest& filter) const;
  Result<v1::Campaign> Pause(const v1::PauseCampaignRequest& request) const;
  Result<v1::Campaign> Resume(const v1::ResumeCampaignRequest& request) const;
  Result<v1::Campaign> Cancel(const v1::CancelCampaignRequest& request) const;
  Result<v1::Campaign> Delete(const v1::DeleteCampaignRequest& request) const;
  Result<v1::Campaign> Rerun(const v1::RerunTaskRequest& request) const;
  Result<v1::CampaignReport> Report(const std::string& resource_name) const;
  // Every page of them.
  Result<std::vector<v1::Event>> Events(const v1::ListEventsRequest& filter) const;
  Result<v1::ListWorkersResponse> Workers() const;
  // These read the whole store: they may take minutes.
  Result<v1::CollectGarbageResponse> CollectGarbage(const v1::CollectGarbageRequest& request) const;
  Result<v1::CheckStoreResponse> CheckStore(const v1::CheckStoreRequest& request) const;

  EventStream Watch(const v1::WatchEventsRequest& request) const;

 private:
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CampaignService::Stub> stub_;
  std::unique_ptr<v1::MaintenanceService::Stub> maintenance_;
};

// True for the states that a campaign never leaves.
bool HasEnded(v1::Campaign::State state);

}  // namespace flywheel
