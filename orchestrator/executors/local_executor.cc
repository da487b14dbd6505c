#include "orchestrator/executors/local_executor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "orchestrator/executors/worker_record.h"

namespace flywheel {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

// Adopted workers are not our children: whether they live is looked up, not told.
constexpr milliseconds kAdoptedPoll{500};
constexpr milliseconds kSilentPoll{1'000};
constexpr milliseconds kStopPoll{20};
// A process that SIGKILL does not end waits for a device.
constexpr milliseconds kKillPatience{5'000};
constexpr milliseconds kFirstBackoff{500};
constexpr milliseconds kLastBackoff{30'000};
// A worker that ends sooner with a failure was not really started.
constexpr milliseconds kShortLife{5'000};

constexpr std::array kInherited = {"PATH",
                                   "HOME",
                                   "USER",
                                   "LOGNAME",
                                   "LANG",
                                   "TZ",
                                   "TMPDIR",
                                   "LD_LIBRARY_PATH",
                                   "CUDA_VISIBLE_DEVICES"};
constexpr std::array kInheritedPrefixes = {"LC_",   "FLYWHEEL_", "OMP_",  "OPENBLAS_", "MALLOC_",
                                           "ASAN_", "UBSAN_",    "TSAN_", "LSAN_"};

std::string WorkerName(int32_t number) { return fmt::format("local-{}", number); }

}  // namespace

std::vector<std::string> WorkerEnvironment(const char* const* environment) {
  std::vector<std::string> kept;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::string_view name = entry.substr(0, entry.find('='));
    const bool keep =
        std::any_of(kInherited.begin(), kInherited.end(),
                    [&](std::string_view known) { return name == known; }) ||
        std::any_of(kInheritedPrefixes.begin(), kInheritedPrefixes.end(),
                    [&](std::string_view prefix) { return name.starts_with(prefix); });
    if (keep) kept.emplace_back(entry);
  }
  return kept;
}

// The workers that are there, and those whose end has not been told yet. One thread's.
struct LocalExecutor::Fleet {
  struct Member {
    ProcessIdentity process;
    std::optional<ChildProcess> child;  // of this daemon; an adopted one is not
    SteadyTime start;
    std::optional<SteadyTime> silent_since;  // as far as was looked
  };

  Fleet(const LocalExecutorOptions& the_options, ObservationSink the_sink)
      : options(the_options), sink(std::move(the_sink)) {}

  const LocalExecutorOptions& options;
  const ObservationSink sink;
  std::map<std::string, Member> members;
  std::map<std::string, std::string> ended;  // worker -> why, until the loop has taken it
  milliseconds backoff{0};
  SteadyTime not_before;

  std::string WorkersPath() const { return options.state_dir + "/workers"; }

  void Say(std::string_view message) const {
    if (options.say) options.say(message);
  }

  Status Adopt() {
    FW_TRY(MakeDirectories(WorkersPath()));
    FW_ASSIGN(const std::vector<WorkerRecord> records, ReadWorkerRecords(WorkersPath()));
    for (const WorkerRecord& record : records) {
      if (IsRunning(record.process)) {
        members[record.worker] = {
            .process = record.process, .child = {}, .start = {}, .silent_since = {}};
        Say(fmt::format("{} is still there, pid {}", record.worker, record.process.pid));
      } else {
        ended[record.worker] = "its process was gone when the daemon came back";
      }
    }
    return OkStatus();
  }

  void NoteEnd(const std::string& worker, std::string why) {
    Say(fmt::format("{} ended: {}", worker, why));
    ended[worker] = std::move(why);
  }

  void CollectEnded(SteadyTime now) {
    for (auto member = members.begin(); member != members.end();) {
      auto& [worker, state] = *member;
      if (state.child) {
        const std::optional<ExitStatus> status = state.child->TryWait();
        if (!status) {
          ++member;
          continue;
        }
        const bool failed = *status != ExitStatus{};
        if (failed && now - state.start < kShortLife) BackOff(now);
        NoteEnd(worker, ToString(*status));
      } else {
        if (IsRunning(state.process)) {
          ++member;
          continue;
        }
        NoteEnd(worker, "its process is gone");
      }
      member = members.erase(member);
    }
  }

  // A worker that ended is started again under its name only after the loop knows of the end.
  void TellEnded() {
    std::erase_if(ended, [&](const auto& entry) {
      return sink(WorkerEnded{.worker = entry.first, .reason = entry.second});
    });
  }

  // Kills workers that hang. Returns when to look again, if any is wanted.
  std::optional<SteadyTime> EndSilent(int32_t wanted, SteadyTime now) {
    if (!options.is_heard) return std::nullopt;
    for (auto& [worker, member] : members) {
      if (wanted <= 0 || options.is_heard(worker)) {
        member.silent_since.reset();
        continue;
      }
      if (!member.silent_since) member.silent_since = now;
      if (now - *member.silent_since < milliseconds{options.silence_ms}) continue;
      member.silent_since = now;
      const Status killed = SignalProcess(member.process, SIGKILL);
      Say(fmt::format("{} was not heard for {} s and is killed{}", worker,
                      options.silence_ms / 1000, killed.ok() ? "" : ": " + killed.message()));
    }
    if (wanted <= 0 || members.empty()) return std::nullopt;
    return now + kSilentPoll;
  }

  // False: all of them are gone.
  bool SignalAll(int signal) {
    bool any = false;
    for (auto& [worker, member] : members) {
      if (!IsThere(member)) continue;
      any = true;
      if (signal == 0) continue;
      const Status sent = SignalProcess(member.process, signal);
      if (!sent.ok()) Say(fmt::format("{} cannot be stopped: {}", worker, sent.message()));
    }
    return any;
  }

  static bool IsThere(Member& member) {
    return member.child ? !member.child->TryWait() : IsRunning(member.process);
  }

  void BackOff(SteadyTime now) {
    backoff = backoff.count() == 0 ? kFirstBackoff : std::min(2 * backoff, kLastBackoff);
    not_before = now + backoff;
  }

  Status StartWorker(const std::string& worker, SteadyTime now) {
    const std::string folder = WorkersPath() + "/" + worker;
    FW_TRY(MakeDirectories(folder));
    ChildCommand command;
    command.program = options.program;
    command.arguments = {"--state-dir", options.state_dir, "--worker-id", worker,
                         "--leave-when-idle"};
    if (options.capacity.cpus > 0) {
      command.arguments.insert(command.arguments.end(),
                               {"--cpus", std::to_string(options.capacity.cpus)});
    }
    if (options.capacity.memory_mb > 0) {
      command.arguments.insert(command.arguments.end(),
                               {"--memory-mb", std::to_string(options.capacity.memory_mb)});
    }
    command.environment = options.environment;
    command.lifetime = ChildLifetime::kDetached;
    command.stdout_file = folder + "/stdout.log";
    command.stderr_file = folder + "/stderr.log";
    FW_ASSIGN(ChildProcess child, ChildProcess::Start(command));
    Status recorded =
        WriteWorkerRecord(WorkersPath(), {.worker = worker, .process = child.identity()});
    const ProcessIdentity identity = child.identity();
    Say(fmt::format("{} started, pid {}", worker, identity.pid));
    members.insert_or_assign(
        worker,
        Member{.process = identity, .child = std::move(child), .start = now, .silent_since = {}});
    return recorded;
  }

  // Starts what is missing. Returns when to try again after a failure.
  std::optional<SteadyTime> StartMissing(int32_t wanted, SteadyTime now) {
    const int32_t target = std::min(wanted, options.capacity.max_workers);
    for (int32_t number = 1; static_cast<int32_t>(members.size()) < target; ++number) {
      if (now < not_before) return not_before;
      const std::string worker = WorkerName(number);
      if (members.contains(worker)) continue;
      if (ended.contains(worker)) return now + kAdoptedPoll;
      const Status status = StartWorker(worker, now);
      if (!status.ok()) {
        BackOff(now);
        Say(fmt::format("start of {} failed, next try in {} ms: {}", worker, backoff.count(),
                        status.ToString()));
      } else {
        backoff = milliseconds{0};
      }
    }
    return std::nullopt;
  }

  // Until something ends, somebody wants more, or the time has come.
  void WaitForNews(int wake_fd, std::optional<SteadyTime> until) const {
    std::vector<pollfd> fds = {{.fd = wake_fd, .events = POLLIN, .revents = 0}};
    bool adopted = !ended.empty();
    for (const auto& [worker, member] : members) {
      if (!member.child) adopted = true;
      if (member.child) fds.push_back({member.child->pidfd(), POLLIN, 0});
    }
    milliseconds timeout{-1};
    if (adopted) timeout = kAdoptedPoll;
    if (until) {
      const auto rest = std::chrono::ceil<milliseconds>(*until - std::chrono::steady_clock::now());
      const milliseconds wait = std::max(rest, milliseconds{0});
      timeout = timeout.count() < 0 ? wait : std::min(timeout, wait);
    }
    (void)::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_fd, &count, sizeof count);
  }
};

LocalExecutor::LocalExecutor(LocalExecutorOptions options, ObservationSink sink)
    : options_(std::move(options)),
      fleet_(std::make_unique<Fleet>(options_, std::move(sink))),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

LocalExecutor::~LocalExecutor() {
  Stop();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

Status LocalExecutor::Start() {
  if (wake_fd_ < 0) return ResourceExhausted("executor: no eventfd: too many open files");
  FW_TRY(fleet_->Adopt());
  thread_ = std::thread([this] { Work(); });
  return OkStatus();
}

void LocalExecutor::Stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    Wake();
    thread_.join();
  }
}

void LocalExecutor::StopWorkers(std::chrono::milliseconds grace,
                                const std::function<void()>& meanwhile) {
  fleet_->SignalAll(SIGTERM);
  SteadyTime deadline = std::chrono::steady_clock::now() + grace;
  bool killed = false;
  while (fleet_->SignalAll(0)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      if (killed) return fleet_->Say("that were told to stop are still there, and are left");
      killed = true;
      deadline += kKillPatience;
      fleet_->SignalAll(SIGKILL);
    }
    meanwhile();
    std::this_thread::sleep_for(kStopPoll);
  }
}

void LocalExecutor::EnsureWorkers(int32_t count) {
  if (wanted_.exchange(count) != count) Wake();
}

void LocalExecutor::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void LocalExecutor::Work() {
  while (!stopping_) {
    const SteadyTime now = std::chrono::steady_clock::now();
    fleet_->CollectEnded(now);
    fleet_->TellEnded();
    std::optional<SteadyTime> again = fleet_->StartMissing(wanted_, now);
    const std::optional<SteadyTime> look = fleet_->EndSilent(wanted_, now);
    if (look) again = std::min(again.value_or(*look), *look);
    fleet_->WaitForNews(wake_fd_, again);
  }
}

}  // namespace flywheel
