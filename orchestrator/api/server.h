// The gRPC server: both services, health and reflection on one address. Starts, says where, and
// stops in the right order. Where it may listen is the daemon's business.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "flywheel/v1/worker_service.pb.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/ports/artifact_store.h"
#include "orchestrator/ports/clock.h"
#include "orchestrator/ports/journal.h"

namespace flywheel {

class WorkerRegistry;

struct ApiParts {
  Host* host = nullptr;
  Journal* journal = nullptr;
  const Clock* clock = nullptr;
  WorkerRegistry* workers = nullptr;
  ArtifactStore* artifacts = nullptr;
};

class ApiServer {
 public:
  // `address` as gRPC spells it. UNAVAILABLE when it cannot be bound: in use, most likely.
  static Result<std::unique_ptr<ApiServer>> Start(const ApiParts& parts, const std::string& address,
                                                  const v1::Welcome& welcome);
  // Stops if that has not been done.
  ~ApiServer();

  // With the port that was taken where 0 was asked for.
  const std::string& address() const { return address_; }

  // Health checks say whether campaigns are accepted: not while the disk is full. Reads go on.
  void SetAccepting(bool accepting);
  // First of all: health checks say NOT_SERVING from now on.
  void StopServing();
  // After the host has stopped: ends what is open and returns when nothing is, calls that do not
  // end by themselves are cut after `grace_s`. Idempotent.
  void Shutdown(double grace_s);

 private:
  struct Running;
  explicit ApiServer(std::unique_ptr<Running> running);

  std::unique_ptr<Running> running_;
  std::string address_;
};

}  // namespace flywheel
