// How the loop speaks to connected workers. Implemented by the side that holds their streams. Calls
// return at once and never fail: a message to a stream that broke is lost, and what follows from
// that (the worker comes back without the attempt, or its lease ends) is the core's business.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/records/task.h"

namespace flywheel {

// One stream of one worker.
struct WorkerAddress {
  std::string worker;
  int64_t connection = 0;
};

class WorkerLink {
 public:
  virtual ~WorkerLink() = default;

  virtual void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) = 0;
  virtual void Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) = 0;
  // The result is durable (accepted), or refused for good with a reason. To whichever stream the
  // worker has now.
  struct Acknowledgement {
    std::string worker;
    AttemptId attempt;
    int64_t fencing_token = 0;
    bool accepted = false;
    std::string reason;
  };
  virtual void Acknowledge(const Acknowledgement& acknowledgement) = 0;
};

}  // namespace flywheel
