#include "clients/cli/private_daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

#include "base/io/files.h"
#include "clients/cli/client.h"
#include "clients/cli/message_json.h"
#include "clients/cli/programs.h"
#include "clients/cli/worker_processes.h"
#include "flywheel/v1/daemon_config.pb.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr double kAnswerTimeoutS = 30;
constexpr double kFindTimeoutS = 2;
constexpr double kPollS = 0.05;
constexpr double kStopTimeoutS = 10;
constexpr double kKillTimeoutS = 5;
// Workers whose daemon was killed with this process are not to linger for hours.
constexpr double kOrphanTimeoutS = 60;

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Every Ctrl-C costs the task that it stops an infrastructure failure; nobody is to run out of
// them.
constexpr int kMaxInfrastructureFailures = 50;

Status WriteConfig(const PrivateDaemonOptions& options, const std::string& path) {
  v1::DaemonConfig config;
  config.set_state_dir(options.state_dir);
  config.set_orphan_timeout_s(kOrphanTimeoutS);
  if (options.workers) config.mutable_local()->set_max_workers(*options.workers);
  v1::StagePolicies& stages = *config.mutable_stage_defaults();
  for (v1::StagePolicy* stage :
       {stages.mutable_prepare(), stages.mutable_evaluate(), stages.mutable_analyze(),
        stages.mutable_generate(), stages.mutable_train()}) {
    stage->set_max_infrastructure_failures(kMaxInfrastructureFailures);
  }
  return WriteFileAtomic(path, ToPrettyJson(config));
}

// The last lines of the daemon's log that are newer than `begin`.
std::string LogTail(const std::string& path, size_t begin) {
  constexpr size_t kLines = 5;
  const auto text = ReadFile(path);
  if (!text.ok() || text->size() <= begin) return "it said nothing";
  std::string tail = text->substr(begin);
  while (tail.ends_with('\n')) tail.pop_back();
  size_t at = tail.size();
  for (size_t i = 0; i < kLines && at != std::string::npos && at > 0; ++i) {
    at = tail.rfind('\n', at - 1);
  }
  return at == std::string::npos ? tail : tail.substr(at + 1);
}

size_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

}  // namespace

Result<std::unique_ptr<PrivateDaemon>> PrivateDaemon::Acquire(const PrivateDaemonOptions& options) {
  std::error_code error;
  const bool is_new = fs::create_directories(options.state_dir, error);
  if (error) return ErrnoStatus(error.value(), "make the state directory", options.state_dir);
  if (is_new) ::chmod(options.state_dir.c_str(), 0700);
  const std::string lock = options.state_dir + "/run.lock";
  FileDescriptor use(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (use.get() < 0) return ErrnoStatus(errno, "open", lock);
  // Waits for a command that is stopping its daemon.
  if (::flock(use.get(), LOCK_SH) != 0) return ErrnoStatus(errno, "lock", lock);
  std::unique_ptr<PrivateDaemon> daemon(new PrivateDaemon(options, std::move(use)));
  FW_TRY(daemon->Reacquire());
  return daemon;
}

PrivateDaemon::~PrivateDaemon() {
  Stop([] { return true; });
}

Status PrivateDaemon::Reacquire() {
  if (Find()) return OkStatus();
  Status started = Start();
  // Another command may have been quicker: then its daemon has the lock, and ours said so.
  if (!started.ok() && Find()) return OkStatus();
  return started;
}

bool PrivateDaemon::Find() {
  const auto file = ReadDaemonFile(options_.state_dir);
  if (!file.ok() || !IdentifyProcess(file->pid).ok()) return false;
  if (!Client(file->address).WaitUntilReady(kFindTimeoutS).ok()) return false;
  address_ = file->address;
  return true;
}

Status PrivateDaemon::Start() {
  child_.reset();
  FW_ASSIGN(const std::string program, FindProgram("flywheeld"));
  const std::string config = options_.state_dir + "/run-daemon.json";
  FW_TRY(WriteConfig(options_, config));
  ChildCommand command;
  command.program = program;
  command.arguments = {"--config", config};
  command.environment = CurrentEnvironment();
  command.lifetime = ChildLifetime::kDiesWithParent;
  command.stdout_file = LogPath();
  command.stderr_file = LogPath();
  const size_t log_begin = FileSize(LogPath());
  FW_ASSIGN(child_, ChildProcess::Start(command));
  ours_ = true;
  return WaitForAnswer(log_begin);
}

Status PrivateDaemon::WaitForAnswer(size_t log_begin) {
  const Clock::time_point begin = Clock::now();
  while (SecondsSince(begin) < kAnswerTimeoutS) {
    if (const auto exit = child_->WaitFor(kPollS)) {
      child_.reset();
      return FailedPrecondition(fmt::format("flywheeld ended at once with {}: {}", ToString(*exit),
                                            LogTail(LogPath(), log_begin)));
    }
    const auto file = ReadDaemonFile(options_.state_dir);
    if (!file.ok() || file->pid != child_->pid()) continue;
    if (!Client(file->address).WaitUntilReady(kFindTimeoutS).ok()) continue;
    address_ = file->address;
    return OkStatus();
  }
  Stop([] { return true; });
  return Unavailable(fmt::format("flywheeld did not answer within {} s: {}", kAnswerTimeoutS,
                                 LogTail(LogPath(), log_begin)));
}

void PrivateDaemon::Stop(const std::function<bool()>& hurry) {
  if (!ours_) return;
  ours_ = false;
  if (child_) {
    // Others may still use it. When it ended by itself there is nothing to wait for.
    while (::flock(use_.get(), LOCK_EX | LOCK_NB) != 0 && !hurry() && !child_->WaitFor(kPollS)) {
    }
    const Clock::time_point begin = Clock::now();
    child_->SignalGroup(SIGTERM);
    while (!hurry() && SecondsSince(begin) < kStopTimeoutS && !child_->WaitFor(kPollS)) {
    }
    if (!child_->TryWait()) {
      child_->SignalGroup(SIGKILL);
      child_->WaitFor(kKillTimeoutS);
    }
    child_.reset();
  }
  StopProcesses(RunningWorkers(options_.state_dir), hurry);
}

}  // namespace flywheel
