// One task process from its start to the death of the last of its descendants: output into capped
// logs, progress, time, stall and memory limits, stopping. Knows nothing of results and daemons.
#pragma once

#include <functional>
#include <string>

#include "base/io/child_process.h"
#include "base/io/task_dir.h"
#include "base/records/task.h"
#include "base/result.h"
#include "workers/agent/stop_wish.h"

namespace flywheel {

struct SupervisedTask {
  std::string name;  // of its control group
  ChildCommand command;
  TaskDir dir{""};
  TaskLimits limits;
  int32_t memory_mb = 0;  // 0: no limit
};

struct SupervisedEnd {
  ExitStatus exit;
  // Why the worker stopped it; empty when it ended by itself.
  std::string stopped_for;
  bool cancelled = false;
  // The task's own last words on stderr.
  std::string last_line;
  double seconds = 0;
  double peak_rss_mb = 0;
  // Processes that could not be killed; empty as it should be.
  std::string left_behind;
};

// Blocks until all is over. Call it on a thread that outlives the task, in a process that is a
// subreaper and has no other children: what is left below this process is killed at the end. The
// failure of the start is a Status; then nothing was started.
Result<SupervisedEnd> Supervise(const SupervisedTask& task, const StopWish& stop,
                                const std::function<void(const TaskProgress&)>& on_progress);

}  // namespace flywheel
