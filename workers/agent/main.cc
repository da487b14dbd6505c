// flywheel-worker: wiring only.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/log.h"
#include "base/io/process_tree.h"
#include "workers/agent/agent.h"

namespace flywheel {
namespace {

// Two workers in one folder would report each other's attempts.
Result<FileDescriptor> LockWorkerDir(const AgentOptions& options) {
  FW_TRY(MakeDirectories(options.worker_dir()));
  const std::string path = options.worker_dir() + "/lock";
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) return ErrnoStatus(errno, "open", path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return FailedPrecondition(
        fmt::format("{}: another worker with the id '{}' is running", path, options.worker_id));
  }
  return lock;
}

// SIGTERM and SIGINT as events, waited for on a thread of their own: the others have them blocked.
class SignalThread {
 public:
  explicit SignalThread(Mailbox& mailbox) {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &mailbox] {
      int signal = 0;
      while (::sigwait(&signals_, &signal) == 0 && signal != SIGUSR1) mailbox.Post(StopAsked{});
    });
  }
  ~SignalThread() {
    ::pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  sigset_t signals_;
  std::thread thread_;
};

Status RunWorker(const AgentOptions& options) {
  FW_ASSIGN(const FileDescriptor lock, LockWorkerDir(options));
  FW_TRY(BecomeSubreaper());
  FW_ASSIGN(ArtifactDir artifacts, ArtifactDir::Open(options.artifacts_dir()));
  FW_ASSIGN(HeldAttempts held, HeldAttempts::Open(options.worker_dir() + "/held"));
  Mailbox mailbox;
  const SignalThread signals(mailbox);
  Agent agent(options, std::move(artifacts), std::move(held), mailbox);
  return agent.Run();
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  const flywheel::AgentOptions options = flywheel::ParseArgumentsOrExit(argc, argv);
  flywheel::StartLog("flywheel-worker", options.log_level);
  std::signal(SIGPIPE, SIG_IGN);
  const flywheel::Status status = flywheel::RunWorker(options);
  if (status.ok()) return 0;
  fmt::print(stderr, "flywheel-worker: {}\n", status.message());
  return 1;
}
