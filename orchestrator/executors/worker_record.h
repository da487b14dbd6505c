// STATE/workers/ID/process.json: which process a worker is, written by whoever started it, so that
// the next daemon knows it again. A pid alone says nothing after a reboot.
#pragma once

#include <string>
#include <vector>

#include "base/io/child_process.h"

namespace flywheel {

struct WorkerRecord {
  std::string worker;
  ProcessIdentity process;
  bool operator==(const WorkerRecord&) const = default;
};

// Writes <workers>/<worker>/process.json.
Status WriteWorkerRecord(const std::string& workers, const WorkerRecord& record);
// All that can be read, in the order of their names; a record that cannot be read is a worker that
// cannot be known again, and is left out.
Result<std::vector<WorkerRecord>> ReadWorkerRecords(const std::string& workers);

}  // namespace flywheel
