// How the server comes by its unary services and interceptors: the place where a build with fault
// points (orchestrator/api/faults) puts calls that fail. Private to this folder.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <vector>

#include "orchestrator/api/campaign_service.h"
#include "orchestrator/api/maintenance_service.h"

namespace flywheel {

using InterceptorFactories =
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>;

std::unique_ptr<CampaignServiceSkin> MakeCampaignService(CampaignServiceSkin::Parts parts);
std::unique_ptr<MaintenanceServiceSkin> MakeMaintenanceService(MaintenanceServiceSkin::Parts parts);

// Empty in a product build.
InterceptorFactories MakeInterceptors();

}  // namespace flywheel
