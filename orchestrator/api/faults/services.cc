// In the place of orchestrator/api/services.cc in a build with fault points. A unary call that
// draws a fault is answered UNAVAILABLE before anything is done, or does all of its work and is
// answered DEADLINE_EXCEEDED; a stream breaks at a message.
#include "orchestrator/api/services.h"

#include <string_view>

#include "base/io/faults/fault_points.h"

namespace flywheel {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

// Among the trailing metadata: what the call's interceptor is to make of its status.
constexpr const char* kMark = "flywheel-fault";
constexpr const char* kLate = "late";
constexpr const char* kKillLate = "kill";

// The reactor of a call that fails before it begins; nullptr for one that goes on.
Reactor* FailEarly(Context* context) {
  switch (NextFault(FaultPoint::kCall)) {
    case Fault::kNone:
      return nullptr;
    case Fault::kKill:
      KillThisProcess();
    case Fault::kKillLate:
      context->AddTrailingMetadata(kMark, kKillLate);
      return nullptr;
    case Fault::kFailLate:
      context->AddTrailingMetadata(kMark, kLate);
      return nullptr;
    case Fault::kFail:
      break;
  }
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish({grpc::StatusCode::UNAVAILABLE, "fault: nothing was done"});
  return reactor;
}

class FaultyCampaigns : public CampaignServiceSkin {
 public:
  using Real = CampaignServiceSkin;
  using Real::Real;

  Reactor* CreateCampaign(Context* context, const v1::CreateCampaignRequest* request,
                          v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::CreateCampaign(context, request, response);
  }
  Reactor* GetCampaign(Context* context, const v1::GetCampaignRequest* request,
                       v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::GetCampaign(context, request, response);
  }
  Reactor* ListCampaigns(Context* context, const v1::ListCampaignsRequest* request,
                         v1::ListCampaignsResponse* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::ListCampaigns(context, request, response);
  }
  Reactor* PauseCampaign(Context* context, const v1::PauseCampaignRequest* request,
                         v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::PauseCampaign(context, request, response);
  }
  Reactor* ResumeCampaign(Context* context, const v1::ResumeCampaignRequest* request,
                          v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::ResumeCampaign(context, request, response);
  }
  Reactor* CancelCampaign(Context* context, const v1::CancelCampaignRequest* request,
                          v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::CancelCampaign(context, request, response);
  }
  Reactor* DeleteCampaign(Context* context, const v1::DeleteCampaignRequest* request,
                          v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::DeleteCampaign(context, request, response);
  }
  Reactor* RerunTask(Context* context, const v1::RerunTaskRequest* request,
                     v1::Campaign* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::RerunTask(context, request, response);
  }
  Reactor* GetReport(Context* context, const v1::GetReportRequest* request,
                     v1::CampaignReport* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::GetReport(context, request, response);
  }
  Reactor* ListEvents(Context* context, const v1::ListEventsRequest* request,
                      v1::ListEventsResponse* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::ListEvents(context, request, response);
  }
  Reactor* ListWorkers(Context* context, const v1::ListWorkersRequest* request,
                       v1::ListWorkersResponse* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::ListWorkers(context, request, response);
  }
};

class FaultyMaintenance : public MaintenanceServiceSkin {
 public:
  using Real = MaintenanceServiceSkin;
  using Real::Real;

  Reactor* CollectGarbage(Context* context, const v1::CollectGarbageRequest* request,
                          v1::CollectGarbageResponse* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::CollectGarbage(context, request, response);
  }
  Reactor* CheckStore(Context* context, const v1::CheckStoreRequest* request,
                      v1::CheckStoreResponse* response) override {
    Reactor* failed = FailEarly(context);
    return failed != nullptr ? failed : Real::CheckStore(context, request, response);
  }
};

// One call's.
class FaultyCall : public grpc::experimental::Interceptor {
 public:
  explicit FaultyCall(grpc::experimental::ServerRpcInfo* call) : call_(call) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (call_->type() == grpc::experimental::ServerRpcInfo::Type::UNARY) {
      if (batch->QueryInterceptionHookPoint(Point::PRE_SEND_STATUS)) FailLate(batch);
    } else if (batch->QueryInterceptionHookPoint(Point::POST_RECV_MESSAGE) ||
               batch->QueryInterceptionHookPoint(Point::PRE_SEND_MESSAGE)) {
      BreakStream();
    }
    batch->Proceed();
  }

 private:
  static void FailLate(grpc::experimental::InterceptorBatchMethods* batch) {
    const auto* metadata = batch->GetSendTrailingMetadata();
    if (metadata == nullptr) return;
    const auto mark = metadata->find(kMark);
    if (mark == metadata->end()) return;
    if (mark->second == kKillLate) KillThisProcess();
    batch->ModifySendStatus({grpc::StatusCode::DEADLINE_EXCEEDED, "fault: the answer was lost"});
  }

  void BreakStream() const {
    const Fault fault = NextFault(FaultPoint::kCall);
    if (fault == Fault::kNone) return;
    if (fault == Fault::kKill || fault == Fault::kKillLate) KillThisProcess();
    call_->server_context()->TryCancel();
  }

  grpc::experimental::ServerRpcInfo* const call_;
};

class FaultyCalls : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Calls of ours; health checks and reflection are left alone.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override {
    const std::string_view method = call->method() == nullptr ? "" : call->method();
    return method.starts_with("/flywheel.v1.") ? new FaultyCall(call) : nullptr;
  }
};

}  // namespace

std::unique_ptr<CampaignServiceSkin> MakeCampaignService(CampaignServiceSkin::Parts parts) {
  return std::make_unique<FaultyCampaigns>(parts);
}

std::unique_ptr<MaintenanceServiceSkin> MakeMaintenanceService(
    MaintenanceServiceSkin::Parts parts) {
  return std::make_unique<FaultyMaintenance>(parts);
}

InterceptorFactories MakeInterceptors() {
  InterceptorFactories factories;
  factories.push_back(std::make_unique<FaultyCalls>());
  return factories;
}

}  // namespace flywheel
