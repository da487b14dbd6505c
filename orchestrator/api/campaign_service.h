// CampaignService over gRPC: a skin. Commands go to the loop and answer when they are durable;
// reads come from the snapshot and never wait for a turn; past events come from the journal. The
// errors are those that campaign_service.proto promises.
#pragma once

#include <grpcpp/grpcpp.h>

#include "flywheel/v1/campaign_service.grpc.pb.h"
#include "orchestrator/api/reader_thread.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/ports/clock.h"
#include "orchestrator/ports/journal.h"

namespace flywheel {

inline constexpr size_t kMaxRequestId = 128;

class CampaignServiceSkin : public v1::CampaignService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    Host* host = nullptr;
    Journal* journal = nullptr;
    const Clock* clock = nullptr;
    ReaderThread* reader = nullptr;
  };
  explicit CampaignServiceSkin(Parts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* CreateCampaign(grpc::CallbackServerContext* context,
                                           const v1::CreateCampaignRequest* request,
                                           v1::Campaign* response) override;
  grpc::ServerUnaryReactor* GetCampaign(grpc::CallbackServerContext* context,
                                        const v1::GetCampaignRequest* request,
                                        v1::Campaign* response) override;
  grpc::ServerUnaryReactor* ListCampaigns(grpc::CallbackServerContext* context,
                                          const v1::ListCampaignsRequest* request,
                                          v1::ListCampaignsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) override;
  grpc::ServerUnaryReactor* PauseCampaign(grpc::CallbackServerContext* context,
                                          const v1::PauseCampaignRequest* request,
                                          v1::Campaign* response) override;
  grpc::ServerUnaryReactor* ResumeCampaign(grpc::CallbackServerContext* context,
                                           const v1::ResumeCampaignRequest* request,
                                           v1::Campaign* response) override;
  grpc::ServerUnaryReactor* CancelCampaign(grpc::CallbackServerContext* context,
                                           const v1::CancelCampaignRequest* request,
                                           v1::Campaign* response) override;
  grpc::ServerUnaryReactor* DeleteCampaign(grpc::CallbackServerContext* context,
                                           const v1::DeleteCampaignRequest* request,
                                           v1::Campaign* response) override;
  grpc::ServerUnaryReactor* RerunTask(grpc::CallbackServerContext* context,
                                      const v1::RerunTaskRequest* request,
                                      v1::Campaign* response) override;
  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context,
                                      const v1::GetReportRequest* request,
                                      v1::CampaignReport* response) override;
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const v1::ListEventsRequest* request,
                                       v1::ListEventsResponse* response) override;
  grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context,
                                        const v1::ListWorkersRequest* request,
                                        v1::ListWorkersResponse* response) override;

 private:
  // Answers with the campaign as the command left it.
  void Submit(Command command, grpc::ServerUnaryReactor* reactor, v1::Campaign* response);
  // Resume, Cancel and Delete differ in the command alone.
  template <typename CommandKind, typename Request>
  grpc::ServerUnaryReactor* Change(grpc::CallbackServerContext* context, const Request& request,
                                   v1::Campaign* response);
  Status Create(const v1::CreateCampaignRequest& request, flywheel::CreateCampaign* command) const;
  Status Validate(const flywheel::CreateCampaign& command, v1::Campaign* response) const;
  Status Get(const v1::GetCampaignRequest& request, v1::Campaign* response) const;
  Status List(const v1::ListCampaignsRequest& request, v1::ListCampaignsResponse* response) const;
  Status Report(const v1::GetReportRequest& request, v1::CampaignReport* response) const;
  Status Events(const v1::ListEventsRequest& request, v1::ListEventsResponse* response) const;
  void Workers(v1::ListWorkersResponse* response) const;

  const Parts parts_;
};

}  // namespace flywheel
