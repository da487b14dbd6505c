#include "orchestrator/api/maintenance_service.h"

#include <future>
#include <map>
#include <memory>
#include <string>

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

// Puts the tasks in line to run again that made what is wrong. Waits for the loop.
void RerunMakers(Host& host, v1::CheckStoreResponse& response) {
  std::map<std::string, bool> asked;  // task -> it runs again
  for (v1::StoreProblem& problem : *response.mutable_problems()) {
    const auto [place, first] = asked.try_emplace(problem.made_by(), false);
    const Result<TaskId> task = ParseTaskId(problem.made_by());
    if (first && task.ok()) {
      const auto answer = std::make_shared<std::promise<bool>>();
      host.Submit(RerunTask{.task = *task},
                  [answer](const Result<Shared<CampaignState>>& campaign) {
                    answer->set_value(campaign.ok());
                  });
      place->second = answer->get_future().get();
    }
    problem.set_reruns(place->second);
  }
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
    const Status checked =
        Take(flywheel::CheckStore(*state, *parts_.artifacts, *request), response);
    if (checked.ok() && request->repair()) RerunMakers(*parts_.host, *response);
    reactor->Finish(ToGrpc(checked));
  });
  return posted ? reactor : Stopping(reactor);
}

}  // namespace flywheel
