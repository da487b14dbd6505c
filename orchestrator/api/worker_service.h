// WorkerService over gRPC: one stream a worker (worker_stream.h).
#pragma once

#include "flywheel/v1/worker_service.grpc.pb.h"
#include "orchestrator/api/worker_stream.h"

namespace flywheel {

class WorkerServiceSkin : public v1::WorkerService::CallbackService {
 public:
  // `host` and `registry` outlive the service.
  WorkerServiceSkin(Host& host, WorkerRegistry& registry, v1::Welcome welcome)
      : host_(host), registry_(registry), welcome_(std::move(welcome)) {}

  grpc::ServerBidiReactor<v1::WorkerMessage, v1::DaemonMessage>* Connect(
      grpc::CallbackServerContext*) override {
    return WorkerStream::Start(host_, registry_, welcome_);
  }

 private:
  Host& host_;
  WorkerRegistry& registry_;
  const v1::Welcome welcome_;
};

}  // namespace flywheel
