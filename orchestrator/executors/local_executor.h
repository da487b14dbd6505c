// Workers on this machine: processes of flywheel-worker, started on demand up to a limit, detached
// so that they outlive the daemon, and found again by the next one. Started once Start was called,
// on a thread of its own; assigns nothing, and stops nobody unless it is told to.
//
//   flywheel-worker --state-dir STATE --worker-id local-1 --leave-when-idle
//
// The worker finds the daemon's address in STATE/daemon.json, its own folder at STATE/workers/ID,
// and STATE/work and STATE/artifacts beside it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/ports/executor.h"

namespace flywheel {

struct LocalExecutorOptions {
  // Path of flywheel-worker.
  std::string program;
  std::string state_dir;
  ExecutorCapacity capacity;
  // "NAME=value", all that the workers get.
  std::vector<std::string> environment;
  // Whether the loop heard this worker within its lease; empty: nothing is known. Any thread.
  std::function<bool(const std::string& worker)> is_heard;
  // A worker that is wanted and was not heard for so long is killed, so that another can take its
  // place: it hangs.
  int64_t silence_ms = 60'000;
  // What is said about starts and ends, for the log. Any thread.
  std::function<void(std::string_view message)> say;
};

class LocalExecutor : public Executor {
 public:
  LocalExecutor(LocalExecutorOptions options, ObservationSink sink);
  // Leaves the workers running.
  ~LocalExecutor() override;
  LocalExecutor(const LocalExecutor&) = delete;
  LocalExecutor& operator=(const LocalExecutor&) = delete;

  // Looks for the workers that an earlier daemon started and begins to start what is missing.
  Status Start();
  // Ends the thread. Idempotent.
  void Stop();
  // After Stop: SIGTERM to every worker, which stops its task, and SIGKILL to those that are still
  // there after `grace`. Returns when they are gone, or soon after SIGKILL. Calls `meanwhile` many
  // times a second.
  void StopWorkers(std::chrono::milliseconds grace, const std::function<void()>& meanwhile);

  ExecutorCapacity capacity() const override { return options_.capacity; }
  void EnsureWorkers(int32_t count) override;

 private:
  struct Fleet;
  void Work();
  void Wake() const;

  const LocalExecutorOptions options_;
  std::unique_ptr<Fleet> fleet_;
  std::atomic<int32_t> wanted_ = 0;
  std::atomic<bool> stopping_ = false;
  const int wake_fd_;
  std::thread thread_;
};

// The variables that workers inherit from `environment` ("NAME=value" each): paths, locale, limits
// of threads, sanitizers and our own; nothing that could be a secret.
std::vector<std::string> WorkerEnvironment(const char* const* environment);

}  // namespace flywheel
