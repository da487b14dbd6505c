#include "orchestrator/api/maintenance_service.h"

#include "orchestrator/api/rpc_status.h"
#include "orchestrator/api/store_upkeep.h"

namespace flywheel {
namespace {

template <typename Response>
Status Take(Result<Response> result, Response* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return OkStatus();
}

grpc::ServerUnaryReactor* Stopping(grpc::ServerUnaryReactor* reactor) {
  reactor->Finish(ToGrpc(Unavailable("the daemon is stopping")));
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* MaintenanceServiceSkin::CollectGarbage(
    grpc::CallbackServerContext* context, const v1::CollectGarbageRequest* request,
    v1::CollectGarbageResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool posted = parts_.thread->Post([=, this] {
    // The time first: what the snapshot does not know yet is younger.
    const TimeMs now = parts_.clock->Now();
    const Snapshot state = parts_.host->snapshot();
    reactor->Finish(
        ToGrpc(Take(flywheel::CollectGarbage(*state, *parts_.artifacts, *request, now), response)));
  });
  return posted ? reactor : Stopping(reactor);
}

grpc::ServerUnaryReactor* MaintenanceServiceSkin::CheckStore(grpc::CallbackServerContext* context,
                                                             const v1::CheckStoreRequest* request,
                                                             v1::CheckStoreResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool posted = parts_.thread->Post([=, this] {
    const Snapshot state = parts_.host->snapshot();
    reactor->Finish(
        ToGrpc(Take(flywheel::CheckStore(*state, *parts_.artifacts, *request), response)));
  });
  return posted ? reactor : Stopping(reactor);
}

}  // namespace flywheel
