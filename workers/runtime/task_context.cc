#include "workers/runtime/task_context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "base/io/disk_calls.h"
#include "base/io/record_codec.h"
#include "base/io/task_dir.h"
#include "workers/runtime/stop_signal.h"

namespace flywheel {
namespace {

constexpr double kReportEvery_s = 0.1;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void WatchStopSignal() {
  stop_requested = false;
  struct sigaction action = {};
  action.sa_handler = [](int) { stop_requested = true; };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
}

TaskContext::TaskContext(std::string directory, TaskSpec spec)
    : directory_(std::move(directory)), spec_(std::move(spec)) {}

bool TaskContext::HasInput(std::string_view name) const {
  return std::any_of(spec_.inputs.begin(), spec_.inputs.end(),
                     [&](const TaskInput& input) { return input.name == name; });
}

Result<std::string> TaskContext::InputPath(std::string_view name) const {
  for (const TaskInput& input : spec_.inputs) {
    if (input.name != name) continue;
    const std::string path = input.path.empty() ? TaskDir::RelativeInput(name) : input.path;
    return (std::filesystem::path(directory_) / path).string();
  }
  return InvalidArgument(
      fmt::format("input '{}': the task needs it and its spec does not name it", name));
}

std::string TaskContext::OutputPath(std::string_view name) const {
  return TaskDir(directory_).output(name);
}

std::string TaskContext::ScratchPath() const { return TaskDir(directory_).scratch(); }

std::string TaskContext::KeptPath() const {
  // .../c7/i2/train/t0/a1 lies beside the other attempts of its task.
  const bool of_attempt = !spec_.attempt.empty() && directory_.ends_with(spec_.attempt);
  if (!of_attempt) return ScratchPath();
  return (std::filesystem::path(directory_).parent_path() / "kept").string();
}

void TaskContext::Report(const TaskProgress& progress) {
  const double now_s = SteadySeconds();
  if (last_report_s_ >= 0 && now_s - last_report_s_ < kReportEvery_s && progress.fraction != 1) {
    return;
  }
  last_report_s_ = now_s;
  // One write with O_APPEND: a reader never sees half of a line. Progress that cannot be written is
  // no reason to end a task.
  const std::string line =
      ToJson(progress).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const int fd = ::open(TaskDir(directory_).progress_jsonl().c_str(),
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = DiskWrite(fd, line);
  ::close(fd);
}

bool TaskContext::StopRequested() const { return stop_requested; }

}  // namespace flywheel
