// MaintenanceService over gRPC: a skin over store_upkeep.h, on a thread of its own, since reading a
// store takes long.
#pragma once

#include <grpcpp/grpcpp.h>

#include "flywheel/v1/maintenance_service.grpc.pb.h"
#include "orchestrator/api/reader_thread.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/ports/artifact_store.h"
#include "orchestrator/ports/clock.h"

namespace flywheel {

class MaintenanceServiceSkin : public v1::MaintenanceService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    Host* host = nullptr;
    ArtifactStore* artifacts = nullptr;
    const Clock* clock = nullptr;
    ReaderThread* thread = nullptr;
  };
  explicit MaintenanceServiceSkin(Parts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* CollectGarbage(grpc::CallbackServerContext* context,
                                           const v1::CollectGarbageRequest* request,
                                           v1::CollectGarbageResponse* response) override;
  grpc::ServerUnaryReactor* CheckStore(grpc::CallbackServerContext* context,
                                       const v1::CheckStoreRequest* request,
                                       v1::CheckStoreResponse* response) override;

 private:
  const Parts parts_;
};

}  // namespace flywheel
