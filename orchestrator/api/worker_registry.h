// The streams of the workers that are connected now, and the loop's way to speak to them. Decides
// nothing: a message for a stream that is gone is dropped.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "orchestrator/engine/worker_link.h"

namespace flywheel {

class WorkerStream;

class WorkerRegistry : public WorkerLink {
 public:
  // Streams of this daemon's life are numbered from 1.
  int64_t NextConnection();

  // What became of a stream that said hello.
  enum class Admission { kAdmitted, kTaken, kClosed };
  // Makes `stream` the worker's. kTaken: another process with this id is connected. A process that
  // comes again replaces its own stream, which is then ended. kClosed: after Close.
  Admission Add(const WorkerAddress& address, int64_t pid, std::shared_ptr<WorkerStream> stream);
  // Forgets the stream, if it is still the worker's.
  void Remove(const WorkerAddress& address);
  // Ends every stream with UNAVAILABLE and admits no more.
  void Close();

  void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) override;
  void Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) override;
  void Acknowledge(const Acknowledgement& acknowledgement) override;

 private:
  struct Entry {
    int64_t connection = 0;
    int64_t pid = 0;
    std::shared_ptr<WorkerStream> stream;
  };
  // Connection 0: whichever stream the worker has now.
  std::shared_ptr<WorkerStream> Find(const std::string& worker, int64_t connection);

  std::mutex mutex_;  // gRPC threads come and go, the loop speaks
  int64_t last_connection_ = 0;
  bool closed_ = false;
  std::map<std::string, Entry> entries_;
};

}  // namespace flywheel
