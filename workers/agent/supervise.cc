#include "workers/agent/supervise.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>

#include "base/io/capped_log.h"
#include "base/io/child_group.h"
#include "base/io/log.h"
#include "base/io/process_tree.h"
#include "workers/agent/progress_follower.h"

namespace flywheel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kLogCap = 16 << 20;
constexpr double kTick_s = 0.1;
// Between two looks at the memory of the tree: often where there is a limit to keep, seldom where
// it is for the record only.
constexpr double kMemoryLook_s = 0.25;
constexpr double kMemoryLookUnlimited_s = 2;
constexpr double kFirstMemoryLook_s = 0.05;
// After the last process is dead its pipes are empty soon; a bound all the same.
constexpr double kDrain_s = 2;
constexpr double kKill_s = 10;
constexpr size_t kReadAtOnce = 64 << 10;
// Reads from one pipe before the other things are looked at again: a flood must not starve them.
constexpr int kReadsInARow = 16;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

enum class PipeState { kOpen, kEnded };

// What is there now, up to a bound, into the log.
PipeState ReadAvailable(int fd, CappedLog& log) {
  static thread_local std::array<char, kReadAtOnce> buffer;
  for (int i = 0; i < kReadsInARow; ++i) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return PipeState::kEnded;
    if (count < 0) return errno == EAGAIN || errno == EINTR ? PipeState::kOpen : PipeState::kEnded;
    log.Append(std::string_view(buffer.data(), static_cast<size_t>(count)));
  }
  return PipeState::kOpen;
}

// The state of one supervision.
class Supervision {
 public:
  Supervision(const SupervisedTask& task, const StopWish& stop, const ChildGroup& group,
              ChildProcess child, std::array<CappedLog, 2> logs)
      : task_(task),
        stop_(stop),
        group_(group),
        child_(std::move(child)),
        pipes_{
            {{child_.stdout_fd(), std::move(logs[0])}, {child_.stderr_fd(), std::move(logs[1])}}},
        progress_(task.dir.progress_jsonl()) {}

  SupervisedEnd Run(const std::function<void(const TaskProgress&)>& on_progress) {
    while (!(exit_ = child_.TryWait())) {
      WaitForNews();
      FollowProgress(on_progress);
      ReapOrphans(child_.pid());
      CheckLimits();
      CarryOutStop();
    }
    const double seconds = SecondsSince(start_);
    if (group_.RanOutOfMemory()) StopForMemory("the kernel ended it");
    group_.KillAll();
    const Status killed = KillDescendants(kKill_s);
    Drain();
    FollowProgress(on_progress);
    SupervisedEnd end;
    end.exit = *exit_;
    end.stopped_for = stopped_for_;
    end.cancelled = cancelled_;
    end.last_line = pipes_[1].log.LastLine();
    end.seconds = seconds;
    end.peak_rss_mb = static_cast<double>(peak_rss_) / (1 << 20);
    end.left_behind = killed.message();
    for (Pipe& pipe : pipes_) {
      if (const Status status = pipe.log.Close(); !status.ok())
        LogWarn("-", "{}", status.message());
    }
    return end;
  }

 private:
  struct Pipe {
    int fd;
    CappedLog log;
    bool open = true;
  };

  void WaitForNews() {
    std::array<pollfd, 4> fds = {{{child_.pidfd(), POLLIN, 0},
                                  {pipes_[0].open ? pipes_[0].fd : -1, POLLIN, 0},
                                  {pipes_[1].open ? pipes_[1].fd : -1, POLLIN, 0},
                                  // Once the wish is known its descriptor would wake us for ever.
                                  {stopped_for_.empty() ? stop_.fd() : -1, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(kTick_s * 1000));
    ReadPipes();
  }

  void ReadPipes() {
    for (Pipe& pipe : pipes_) {
      if (pipe.open) pipe.open = ReadAvailable(pipe.fd, pipe.log) == PipeState::kOpen;
    }
  }

  void FollowProgress(const std::function<void(const TaskProgress&)>& on_progress) {
    if (!exit_ && SecondsSince(last_follow_) < kTick_s) return;
    last_follow_ = Clock::now();
    const ProgressFollower::News news = progress_.Poll();
    if (news.any) last_sign_ = Clock::now();
    if (news.progress) on_progress(*news.progress);
  }

  void Stop(std::string reason, double grace_s) {
    if (!stopped_for_.empty()) return;
    stopped_for_ = std::move(reason);
    stop_time_ = Clock::now();
    grace_s_ = grace_s;
    if (grace_s > 0) child_.SignalGroup(SIGTERM);
  }

  void CheckLimits() {
    const TaskLimits& limits = task_.limits;
    if (const auto wish = stop_.wish(); wish && stopped_for_.empty()) {
      cancelled_ = wish->cancelled;
      Stop(wish->reason, limits.grace_s);
    }
    if (limits.time_limit_s > 0 && SecondsSince(start_) > limits.time_limit_s) {
      Stop(fmt::format("time limit of {} s", limits.time_limit_s), limits.grace_s);
    }
    if (limits.stall_timeout_s > 0 && SecondsSince(last_sign_) > limits.stall_timeout_s) {
      Stop(fmt::format("stalled: no progress for {} s", limits.stall_timeout_s), limits.grace_s);
    }
    CheckMemory();
  }

  void CheckMemory() {
    const double every_s = task_.memory_mb > 0 ? kMemoryLook_s : kMemoryLookUnlimited_s;
    const bool first = peak_rss_ == 0 && SecondsSince(start_) > kFirstMemoryLook_s;
    if (!first && SecondsSince(last_memory_look_) < every_s) return;
    last_memory_look_ = Clock::now();
    const int64_t limit = int64_t{task_.memory_mb} << 20;
    const int64_t now = DescendantMemory(::getpid(), limit > 0 ? limit : INT64_MAX);
    peak_rss_ = std::max(peak_rss_, now);
    if (limit == 0) return;
    if (group_.RanOutOfMemory()) {
      StopForMemory("the kernel ended a process of it");
    } else if (now > limit) {
      StopForMemory(fmt::format("its processes held {} MiB", now >> 20));
    }
  }

  // At once: a grace period is time in which the machine runs out of memory.
  void StopForMemory(const std::string& what) {
    // It held that much, even if nobody looked while it did.
    peak_rss_ = std::max(peak_rss_, int64_t{task_.memory_mb} << 20);
    Stop(fmt::format("memory limit of {} MiB ({}): {}", task_.memory_mb,
                     MemoryKeeperName(group_.memory_keeper()), what),
         0);
  }

  void CarryOutStop() {
    if (stopped_for_.empty() || killed_ || SecondsSince(stop_time_) < grace_s_) return;
    killed_ = true;
    if (grace_s_ > 0) {
      stopped_for_ +=
          fmt::format("; it did not end within {} s of SIGTERM and was killed", grace_s_);
    }
    group_.KillAll();
    child_.SignalGroup(SIGKILL);
  }

  void Drain() {
    const Clock::time_point begin = Clock::now();
    while ((pipes_[0].open || pipes_[1].open) && SecondsSince(begin) < kDrain_s) {
      std::array<pollfd, 2> fds = {{{pipes_[0].open ? pipes_[0].fd : -1, POLLIN, 0},
                                    {pipes_[1].open ? pipes_[1].fd : -1, POLLIN, 0}}};
      ::poll(fds.data(), fds.size(), static_cast<int>(kTick_s * 1000));
      ReadPipes();
    }
  }

  const SupervisedTask& task_;
  const StopWish& stop_;
  const ChildGroup& group_;
  ChildProcess child_;
  std::array<Pipe, 2> pipes_;
  ProgressFollower progress_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_sign_ = start_;
  Clock::time_point last_follow_ = start_;
  Clock::time_point last_memory_look_ = start_;
  Clock::time_point stop_time_;
  double grace_s_ = 0;
  std::string stopped_for_;
  bool cancelled_ = false;
  bool killed_ = false;
  int64_t peak_rss_ = 0;
  std::optional<ExitStatus> exit_;
};

}  // namespace

Result<SupervisedEnd> Supervise(const SupervisedTask& task, const StopWish& stop,
                                const std::function<void(const TaskProgress&)>& on_progress) {
  FW_ASSIGN(CappedLog out, CappedLog::Open(task.dir.stdout_log(), kLogCap));
  FW_ASSIGN(CappedLog err, CappedLog::Open(task.dir.stderr_log(), kLogCap));
  const ChildGroup group = ChildGroup::Make(task.name, int64_t{task.memory_mb} << 20);
  ChildCommand command = task.command;
  command.join_files = group.join_files();
  FW_ASSIGN(ChildProcess child, ChildProcess::Start(command));
  Supervision supervision(task, stop, group, std::move(child), {std::move(out), std::move(err)});
  return supervision.Run(on_progress);
}

}  // namespace flywheel
