// One worker's Connect call: hello first, then what it says goes to the loop as observations and
// what the loop says is queued for it, one write in flight. Knows the protocol, not what it is for.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "flywheel/v1/worker_service.grpc.pb.h"
#include "orchestrator/api/worker_registry.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/wire/worker_codec.h"

namespace flywheel {

// More messages than this wait for no worker that reads.
inline constexpr size_t kWorkerQueueLimit = 1024;

class WorkerStream : public grpc::ServerBidiReactor<v1::WorkerMessage, v1::DaemonMessage> {
 public:
  // Owns itself until gRPC is done with it. `welcome` is what every worker is told first.
  static WorkerStream* Start(Host& host, WorkerRegistry& registry, const v1::Welcome& welcome);

  // Any thread. Dropped after the end; a worker that does not read is cut off.
  void Send(v1::DaemonMessage message);
  // Any thread; the first status counts.
  void End(const Status& status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WorkerStream(Host& host, WorkerRegistry& registry, const v1::Welcome& welcome)
      : host_(host), registry_(registry), welcome_(welcome) {}

  Status Receive(const v1::WorkerMessage& message);
  Status ReceiveHello(const v1::WorkerMessage& message);

  Host& host_;
  WorkerRegistry& registry_;
  const v1::Welcome welcome_;
  std::shared_ptr<WorkerStream> self_;
  v1::WorkerMessage incoming_;  // touched by reads alone, of which one is in flight
  WorkerAddress address_;       // set by the first read; connection 0 before

  std::mutex mutex_;
  std::deque<v1::DaemonMessage> queue_;  // guarded; the front is being written
  bool finished_ = false;                // guarded
};

}  // namespace flywheel
