// One attempt from its assignment to the message that says how it ended: lays out the task
// directory, supervises the process, judges what it left, publishes the outputs. Blocks. Knows the
// artifact store and the directory, not the daemon.
#pragma once

#include <functional>
#include <string>

#include "base/io/task_dir.h"
#include "base/records/task.h"
#include "flywheel/v1/worker_service.pb.h"
#include "workers/agent/input_layout.h"
#include "workers/agent/stop_wish.h"

namespace flywheel {

struct AttemptRun {
  TaskSpec spec;
  int64_t fencing_token = 0;
  TaskDir dir{""};
  std::string task_program;
};

// Runs it and writes exit.json, which is the returned message. Never fails by itself: whatever goes
// wrong is the attempt's failure.
v1::Finished RunAttempt(AttemptRun run, InputLayout& inputs, const StopWish& stop,
                        const std::function<void(const TaskProgress&)>& on_progress);

// The message for an attempt that a worker of an earlier life had: exit.json where it was written,
// else the loss of that worker. Ends what is left of its processes.
v1::Finished RecoverAttempt(const std::string& attempt, int64_t fencing_token, const TaskDir& dir);

// Removes what nobody needs once the daemon has the result: inputs, outputs (they are artifacts)
// and scratch. The task's words, its spec and its result stay for people.
void TidyTaskDir(const TaskDir& dir);

}  // namespace flywheel
