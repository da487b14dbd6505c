#include "orchestrator/api/worker_registry.h"

#include <utility>
#include <vector>

#include "orchestrator/api/worker_stream.h"
#include "orchestrator/wire/worker_codec.h"

namespace flywheel {

int64_t WorkerRegistry::NextConnection() {
  std::lock_guard lock(mutex_);
  return ++last_connection_;
}

WorkerRegistry::Admission WorkerRegistry::Add(const WorkerAddress& address, int64_t pid,
                                              std::shared_ptr<WorkerStream> stream) {
  std::shared_ptr<WorkerStream> replaced;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return Admission::kClosed;
    Entry& entry = entries_[address.worker];
    if (entry.stream != nullptr && entry.pid != pid) return Admission::kTaken;
    replaced = std::move(entry.stream);
    entry = {.connection = address.connection, .pid = pid, .stream = std::move(stream)};
  }
  // Outside the lock: ending a stream may come back to Remove.
  if (replaced != nullptr) replaced->End(Unavailable("the worker has connected again"));
  return Admission::kAdmitted;
}

void WorkerRegistry::Remove(const WorkerAddress& address) {
  std::shared_ptr<WorkerStream> removed;
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(address.worker);
  if (entry == entries_.end() || entry->second.connection != address.connection) return;
  removed = std::move(entry->second.stream);
  entries_.erase(entry);
}

void WorkerRegistry::Close() {
  std::vector<std::shared_ptr<WorkerStream>> streams;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [worker, entry] : entries_) streams.push_back(entry.stream);
  }
  for (const auto& stream : streams) {
    stream->End(Unavailable("the daemon is stopping; keep the task running and reconnect"));
  }
}

std::shared_ptr<WorkerStream> WorkerRegistry::Find(const std::string& worker, int64_t connection) {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(worker);
  if (entry == entries_.end()) return nullptr;
  if (connection != 0 && entry->second.connection != connection) return nullptr;
  return entry->second.stream;
}

void WorkerRegistry::Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) {
  if (const auto stream = Find(to.worker, to.connection)) {
    stream->Send(AssignMessage(task, fencing_token));
  }
}

void WorkerRegistry::Cancel(const WorkerAddress& to, const AttemptId& attempt,
                            int64_t fencing_token) {
  if (const auto stream = Find(to.worker, to.connection)) {
    stream->Send(CancelMessage(attempt, fencing_token));
  }
}

void WorkerRegistry::Acknowledge(const Acknowledgement& acknowledgement) {
  const auto stream = Find(acknowledgement.worker, 0);
  if (stream == nullptr) return;
  const Status outcome =
      acknowledgement.accepted ? OkStatus() : FailedPrecondition(acknowledgement.reason);
  stream->Send(AcknowledgeMessage(
      {.attempt = acknowledgement.attempt, .fencing_token = acknowledgement.fencing_token},
      outcome));
}

}  // namespace flywheel
