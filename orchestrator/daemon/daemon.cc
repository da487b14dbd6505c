#include "orchestrator/daemon/daemon.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/log.h"
#include "orchestrator/api/server.h"
#include "orchestrator/api/worker_registry.h"
#include "orchestrator/daemon/event_log.h"
#include "orchestrator/daemon/socket_place.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/executors/local_executor.h"
#include "orchestrator/store/disk_artifact_store.h"
#include "orchestrator/store/sqlite_journal.h"
#include "orchestrator/store/state_dir.h"
#include "orchestrator/web/probe_server.h"
#include "orchestrator/wire/spec_codec.h"

namespace flywheel {
namespace {

constexpr double kShutdownGraceS = 2;
// A task gets ten seconds of its own to stop, unless its campaign says otherwise.
constexpr std::chrono::milliseconds kWorkersGrace{20'000};
// A worker takes a moment to connect, however short the lease.
constexpr int64_t kShortestSilenceMs = 30'000;

// What ends the daemon: a signal, or the loop when its journal fails.
class EndWish {
 public:
  Status Open() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    signal_fd_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
    fatal_fd_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (signal_fd_.get() < 0 || fatal_fd_.get() < 0) {
      return ErrnoStatus(errno, "wait for", "signals");
    }
    return OkStatus();
  }

  // Any thread.
  void Fatal(const Status& status) {
    {
      std::lock_guard lock(mutex_);
      if (fatal_.ok()) fatal_ = status;
    }
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fatal_fd_.get(), &one, sizeof one);
  }

  // OK after a signal. Calls `beat` at once and every `beat_ms` until then.
  Status Wait(int beat_ms, const std::function<void()>& beat) {
    pollfd fds[] = {{signal_fd_.get(), POLLIN, 0}, {fatal_fd_.get(), POLLIN, 0}};
    int ready = 0;
    do {
      beat();
      ready = ::poll(fds, 2, beat_ms);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    std::lock_guard lock(mutex_);
    return fatal_;
  }

 private:
  FileDescriptor signal_fd_;
  FileDescriptor fatal_fd_;
  std::mutex mutex_;
  Status fatal_;
};

// FLYWHEEL_BIN_DIR, else the folder of this program.
Result<std::string> FindWorkerProgram() {
  std::string folder;
  if (const char* named = std::getenv("FLYWHEEL_BIN_DIR"); named != nullptr && *named != '\0') {
    folder = named;
  } else {
    std::error_code error;
    folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
    if (error) return ErrnoStatus(error.value(), "find", "this program");
  }
  const std::string program = folder + "/flywheel-worker";
  if (::access(program.c_str(), X_OK) == 0) return program;
  return ErrnoStatus(errno, "find the worker program", program)
      .WithContext("set FLYWHEEL_BIN_DIR, or local.max_workers to 0");
}

// As workers say it in their hello: those with this name share what this machine has.
std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

Result<LocalExecutorOptions> ExecutorOptions(const v1::LocalExecutorConfig& config,
                                             const StateDir& state) {
  LocalExecutorOptions options;
  if (config.max_workers() > 0) {
    FW_ASSIGN(options.program, FindWorkerProgram());
    options.capacity = {.host = HostName(),
                        .max_workers = config.max_workers(),
                        .cpus = config.cpus(),
                        .memory_mb = config.memory_mb()};
  }
  options.state_dir = state.path();
  options.environment = WorkerEnvironment(environ);
  options.say = [](std::string_view message) { LogInfo("-", "worker {}", message); };
  return options;
}

LoopConfig MakeLoopConfig(const v1::DaemonConfig& config, const ExecutorCapacity& capacity) {
  return {.lease_ms = SecondsToMs(config.lease_s()),
          .capacity = capacity,
          .stage_defaults = FromProto(config.stage_defaults()),
          .keep_events_ms = SecondsToMs(config.keep_events_s())};
}

v1::Welcome MakeWelcome(const v1::DaemonConfig& config, const StateDir& state) {
  v1::Welcome welcome;
  welcome.set_installation_id(state.installation_id());
  welcome.set_lease_s(config.lease_s());
  welcome.set_heartbeat_s(config.heartbeat_s());
  welcome.set_orphan_timeout_s(config.orphan_timeout_s());
  welcome.set_idle_timeout_s(config.local().idle_timeout_s());
  return welcome;
}

Result<ListenAddress> ChooseAddress(const v1::DaemonConfig& config, const StateDir& state) {
  const Result<DaemonRecord> former = ReadDaemonRecord(state.DaemonFilePath());
  return PrepareSocketPlace({.state_dir = state.path(),
                             .installation_id = state.installation_id(),
                             .listen = config.listen(),
                             .former_address = former.ok() ? former->address : ""});
}

// The parts of a running daemon, in the order in which they are made; they go in the other one.
class Daemon {
 public:
  Daemon(const v1::DaemonConfig& config, const DaemonOptions& options)
      : config_(config), options_(options) {}

  Status Start(EndWish& end) {
    FW_ASSIGN(state_, StateDir::Open(config_.state_dir(), options_.if_owned));
    FW_TRY(MakeDirectories(state_->WorkPath()));
    FW_ASSIGN(const ListenAddress address, ChooseAddress(config_, *state_));
    FW_ASSIGN(artifacts_, DiskArtifactStore::Open(state_->ArtifactsPath()));
    FW_ASSIGN(journal_, SqliteJournal::Open(state_->JournalPath(),
                                            [this] { return state_->ownership().Check(); }));
    FW_ASSIGN(LocalExecutorOptions options, ExecutorOptions(config_.local(), *state_));
    options.silence_ms = std::max(kShortestSilenceMs, SecondsToMs(config_.lease_s()));
    options.is_heard = [this](const std::string& worker) {
      const Snapshot state = host_->snapshot();
      const auto found = state->workers.find(worker);
      if (found == state->workers.end() || !found->second.connected) return false;
      const TimeMs now = clock_.Now() + state->behind_ms;
      return now < found->second.heard_ms + state->config.lease_ms;
    };
    executor_.emplace(std::move(options), [this](Observation observation) {
      return host_->Observe(std::move(observation));
    });
    host_.emplace(LoopPorts{.journal = journal_.get(),
                            .executor = &*executor_,
                            .link = &workers_,
                            .clock = &clock_},
                  MakeLoopConfig(config_, executor_->capacity()));
    host_->OnCompaction([](const Status& status) {
      if (!status.ok()) LogWarn("-", "the state could not be saved: {}", status.message());
    });
    FW_TRY(host_->Start([&end](const Status& status) { end.Fatal(status); }));
    log_.emplace(*host_);
    FW_TRY(Serve(address));
    return executor_->Start();
  }

  // Renews the lease, as long as the strand turns: a daemon that decides nothing is not alive.
  void Beat() {
    if (!strand_answered_.exchange(false)) return;
    if (const Status status = state_->ownership().RenewLease(); !status.ok()) {
      LogWarn("-", "{}", status.message());
    }
    host_->Ping([this] { strand_answered_ = true; });
    LookAtDisk();
  }

  // While this daemon waits for its workers it is not to be taken for one that hangs.
  void RenewLeaseInTime() {
    const auto now = std::chrono::steady_clock::now();
    if (now - lease_renewed_ < std::chrono::milliseconds(kLeaseRenewalMs)) return;
    lease_renewed_ = now;
    (void)state_->ownership().RenewLease();
  }

  // Says so first, then ends what watches and what works, then what they stand on.
  void Stop() {
    stopping_ = true;
    if (server_ != nullptr) server_->StopServing();
    if (executor_) executor_->Stop();
    // While the daemon still listens: it hears how their attempts ended.
    if (executor_ && options_.workers == WorkersAtEnd::kStop) {
      executor_->StopWorkers(kWorkersGrace, [this] { RenewLeaseInTime(); });
    }
    if (host_) host_->Stop();
    if (server_ != nullptr) server_->Shutdown(kShutdownGraceS);
    probes_.reset();
    log_.reset();
  }

 private:
  // Tells the core when the room on the disk becomes too little or enough, and health checks too.
  void LookAtDisk() {
    struct statvfs disk {};
    if (::statvfs(state_->path().c_str(), &disk) != 0) return;
    const int64_t free_mb =
        static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize) / (1 << 20);
    const bool low = free_mb < config_.disk_low_mb();
    const bool known = !host_->snapshot()->disk_low.empty();
    if (low != known) {
      LogWarn("-", "{} MiB are free at {}: {}", free_mb, state_->path(),
              low ? "nothing new is started" : "campaigns go on");
      host_->Observe(DiskSeen{.free_mb = free_mb, .low = low});
    }
    server_->SetAccepting(!low && !known);
  }

  Status Serve(const ListenAddress& address) {
    const ApiParts parts{.host = &*host_,
                         .journal = journal_.get(),
                         .clock = &clock_,
                         .workers = &workers_,
                         .artifacts = &*artifacts_};
    FW_ASSIGN(server_, ApiServer::Start(parts, address.ToString(), MakeWelcome(config_, *state_)));
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    FW_TRY(WriteDaemonRecord(state_->DaemonFilePath(),
                             {.address = server_->address(),
                              .pid = ::getpid(),
                              .start_time = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", now),
                              .installation_id = state_->installation_id(),
                              .version = FLYWHEEL_VERSION}));
    LogInfo("-", "flywheeld {} serves {} from {}, {} campaigns, {} events", FLYWHEEL_VERSION,
            server_->address(), state_->path(), host_->snapshot()->campaigns.size(),
            journal_->last_seq());
    return ServeProbes();
  }

  Status ServeProbes() {
    if (!options_.http) return OkStatus();
    const ProbeAddress address{.host = options_.http->host, .port = options_.http->port};
    FW_ASSIGN(probes_, ProbeServer::Start(address, [this]() -> Status {
                if (stopping_) return Unavailable("the daemon is stopping");
                const Snapshot state = host_->snapshot();
                return state->disk_low.empty() ? OkStatus() : ResourceExhausted(state->disk_low);
              }));
    LogInfo("-", "http://{}:{}/healthz and /readyz", address.host, probes_->port());
    return OkStatus();
  }

  const v1::DaemonConfig& config_;
  const DaemonOptions options_;
  std::atomic<bool> strand_answered_ = true;
  SteadyClock clock_;
  std::optional<StateDir> state_;
  std::optional<DiskArtifactStore> artifacts_;
  std::unique_ptr<SqliteJournal> journal_;
  WorkerRegistry workers_;
  std::optional<LocalExecutor> executor_;
  std::optional<Host> host_;
  std::optional<EventLog> log_;
  std::unique_ptr<ApiServer> server_;
  std::atomic<bool> stopping_ = false;
  std::chrono::steady_clock::time_point lease_renewed_;
  std::unique_ptr<ProbeServer> probes_;
};

}  // namespace

Status RunDaemon(const v1::DaemonConfig& config, const DaemonOptions& options) {
  EndWish end;
  FW_TRY(end.Open());
  Daemon daemon(config, options);
  Status status = daemon.Start(end);
  if (status.ok()) {
    status = end.Wait(kLeaseRenewalMs, [&daemon] { daemon.Beat(); });
    LogInfo("-", "stopping: {}", status.ok() ? "asked to" : status.ToString());
  }
  daemon.Stop();
  return status;
}

}  // namespace flywheel
