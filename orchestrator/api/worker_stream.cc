#include "orchestrator/api/worker_stream.h"

#include <fmt/format.h>

#include <utility>

#include "orchestrator/api/rpc_status.h"

namespace flywheel {

WorkerStream* WorkerStream::Start(Host& host, WorkerRegistry& registry,
                                  const v1::Welcome& welcome) {
  std::shared_ptr<WorkerStream> stream(new WorkerStream(host, registry, welcome));
  stream->self_ = stream;
  stream->StartRead(&stream->incoming_);
  return stream.get();
}

void WorkerStream::Send(v1::DaemonMessage message) {
  bool full = false;
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    full = queue_.size() >= kWorkerQueueLimit;
    if (!full) {
      queue_.push_back(std::move(message));
      if (queue_.size() == 1) StartWrite(&queue_.front());
    }
  }
  if (full) End(ResourceExhausted("the worker does not read; reconnect"));
}

void WorkerStream::OnWriteDone(bool ok) {
  if (!ok) return End(CancelledError("the worker is gone"));
  std::lock_guard lock(mutex_);
  queue_.pop_front();
  if (!queue_.empty() && !finished_) StartWrite(&queue_.front());
}

void WorkerStream::OnReadDone(bool ok) {
  if (!ok) return End(OkStatus());
  const Status status = address_.connection == 0 ? ReceiveHello(incoming_) : Receive(incoming_);
  if (!status.ok()) return End(status);
  std::lock_guard lock(mutex_);
  if (!finished_) StartRead(&incoming_);
}

Status WorkerStream::ReceiveHello(const v1::WorkerMessage& message) {
  if (!message.has_hello()) return InvalidArgument("first message: expected a hello");
  const v1::Hello& hello = message.hello();
  if (!hello.installation_id().empty() && hello.installation_id() != welcome_.installation_id()) {
    return FailedPrecondition(
        fmt::format("hello.installation_id '{}': this daemon's is '{}'; the worker belongs to "
                    "another state directory",
                    hello.installation_id(), welcome_.installation_id()));
  }
  FW_ASSIGN(WorkerConnected connected, FromProto(hello, registry_.NextConnection()));
  const WorkerAddress address{.worker = connected.hello.worker, .connection = connected.connection};
  switch (registry_.Add(address, hello.pid(), self_)) {
    case WorkerRegistry::Admission::kAdmitted:
      break;
    case WorkerRegistry::Admission::kTaken:
      return AlreadyExists(
          fmt::format("worker '{}': another process with this id is connected; retry after {} s",
                      address.worker, welcome_.lease_s()));
    case WorkerRegistry::Admission::kClosed:
      return Unavailable("the daemon is stopping");
  }
  address_ = address;
  v1::DaemonMessage welcome;
  *welcome.mutable_welcome() = welcome_;
  Send(std::move(welcome));  // before the loop can assign anything
  if (!host_.Observe(std::move(connected))) return Unavailable("the inbox is full; reconnect");
  return OkStatus();
}

Status WorkerStream::Receive(const v1::WorkerMessage& message) {
  // Of a kind that only a newer version knows: a reason to pass it over, none to end the stream.
  if (message.message_case() == v1::WorkerMessage::MESSAGE_NOT_SET) return OkStatus();
  FW_ASSIGN(Observation observation,
            FromProto(message, {.worker = address_.worker, .connection = address_.connection}));
  const bool must_arrive = message.has_finished();
  // A heartbeat or progress that is lost is followed by another; a result is said again after a
  // reconnection only.
  if (!host_.Observe(std::move(observation)) && must_arrive) {
    return Unavailable("the inbox is full; reconnect and say it again");
  }
  return OkStatus();
}

void WorkerStream::OnCancel() { End(CancelledError("the connection broke")); }

void WorkerStream::End(const Status& status) {
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
  }
  Finish(ToGrpc(status));
}

void WorkerStream::OnDone() {
  const std::shared_ptr<WorkerStream> self = std::move(self_);
  if (address_.connection == 0) return;
  registry_.Remove(address_);
  // Where this is lost the worker's lease tells.
  (void)host_.Observe(
      WorkerDisconnected{.worker = address_.worker, .connection = address_.connection});
}

}  // namespace flywheel
