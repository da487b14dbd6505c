#include "orchestrator/api/services.h"

// Nothing else belongs here: a build with fault points leaves this file out as a whole.
namespace flywheel {

std::unique_ptr<CampaignServiceSkin> MakeCampaignService(CampaignServiceSkin::Parts parts) {
  return std::make_unique<CampaignServiceSkin>(parts);
}

std::unique_ptr<MaintenanceServiceSkin> MakeMaintenanceService(
    MaintenanceServiceSkin::Parts parts) {
  return std::make_unique<MaintenanceServiceSkin>(parts);
}

InterceptorFactories MakeInterceptors() { return {}; }

}  // namespace flywheel
