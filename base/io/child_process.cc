#include "base/io/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/process_tree.h"

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace flywheel {
namespace {

namespace process = boost::process::v2;

constexpr int kExecFailed = 127;

// What the child says over a close-on-exec pipe when it could not become the program.
struct ExecError {
  int error = 0;
  int at_directory = 0;  // 1: the folder was at fault, not the program
};

// Everything the child needs between fork and exec, made before the fork: there it may neither
// allocate nor lock. Boost's launcher would end a failed exec with ::exit, which runs the parent's
// destructors in the child; this hook execs itself and ends with _exit instead.
struct ExecHook {
  const ChildCommand& command;
  char* const* arguments;
  char* const* environment;
  std::array<int, 3> standard;  // all above 2
  int error_fd;
  pid_t parent;

  template <typename Launcher, typename Path, typename Arguments>
  boost::system::error_code on_exec_setup(Launcher&, const Path&, Arguments&) const {
    Become();
  }

  // The parent sets the group too: whoever comes first, it is set when Start returns.
  template <typename Launcher, typename Path, typename Arguments>
  void on_success(Launcher& launcher, const Path&, Arguments&) const {
    if (command.lifetime == ChildLifetime::kDiesWithParent) ::setpgid(launcher.pid, launcher.pid);
  }

 private:
  [[noreturn]] void Fail(int error, int at_directory) const {
    const ExecError message = {error, at_directory};
    [[maybe_unused]] const ssize_t written = ::write(error_fd, &message, sizeof message);
    ::_exit(kExecFailed);
  }

  [[noreturn]] void Become() const {
    if (command.lifetime == ChildLifetime::kDetached) {
      ::setsid();
    } else {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) Fail(ESRCH, 0);  // it ended before prctl
    }
    struct sigaction standard_action = {};
    standard_action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard_action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int fd = 0; fd < 3; ++fd) {
      if (::dup2(standard[static_cast<size_t>(fd)], fd) < 0) Fail(errno, 0);
    }
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
      for (int fd = 3; fd < 65536; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);  // before Linux 5.11
    }
    for (const std::string& file : command.join_files) {
      const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
      [[maybe_unused]] const ssize_t joined = ::write(fd, "0\n", 2);
      ::close(fd);
    }
    if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) Fail(errno, 1);
    ::execve(command.program.c_str(), arguments, environment);
    Fail(errno, 0);
  }
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The descriptor again with a number above 2, so that dup2 to 0, 1 and 2 overwrites none of them.
Result<FileDescriptor> AboveStandard(FileDescriptor file, std::string_view what) {
  FileDescriptor copy(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
  if (copy.get() < 0) return ErrnoStatus(errno, "open", what);
  return copy;
}

struct Output {
  FileDescriptor child_end;
  FileDescriptor parent_end;  // of a pipe
};

Result<Output> OpenOutput(const std::string& file) {
  Output output;
  if (!file.empty()) {
    FileDescriptor log(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (log.get() < 0) return ErrnoStatus(errno, "open", file);
    FW_ASSIGN(output.child_end, AboveStandard(std::move(log), file));
    return output;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "make", "a pipe");
  output.parent_end = FileDescriptor(ends[0]);
  FW_ASSIGN(output.child_end, AboveStandard(FileDescriptor(ends[1]), "a pipe"));
  ::fcntl(output.parent_end.get(), F_SETFL, O_NONBLOCK);
  return output;
}

// No handler of ours may run in the child before it has reset them all.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

Status StartError(int error, std::string_view what) {
  if (error == EAGAIN) {
    return ResourceExhausted(fmt::format("start {}: the limit of processes is reached", what));
  }
  return ErrnoStatus(error, "start", what);
}

// Forks through Boost's launcher and returns the pid of a child that became the program.
Result<int> Launch(const ChildCommand& command, std::array<int, 3> standard) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "make", "a pipe");
  const FileDescriptor error_read(ends[0]);
  FW_ASSIGN(FileDescriptor error_write, AboveStandard(FileDescriptor(ends[1]), "a pipe"));

  std::vector<std::string> arguments = {command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = command.environment;
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(environment);
  const ExecHook hook = {command,  argv.data(),       envp.data(),
                         standard, error_write.get(), ::getpid()};

  // A context of its own: the launcher tells it of the fork, and no other thread uses it.
  boost::asio::io_context context(1);
  process::posix::default_launcher launcher;
  boost::system::error_code launch_error;
  {
    const SignalsBlocked blocked;
    auto child = launcher(context.get_executor(), launch_error, command.program,
                          std::vector<std::string>(), hook);
    child.detach();  // its destructor would kill and block
  }
  if (launch_error) return StartError(launch_error.value(), command.program);
  error_write.Close();
  ExecError failure;
  ssize_t count = 0;
  do {
    count = ::read(error_read.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(sizeof failure)) return launcher.pid;
  ::waitpid(launcher.pid, nullptr, 0);  // on its way through _exit
  if (failure.at_directory != 0) return StartError(failure.error, "in folder " + command.directory);
  return StartError(failure.error, command.program);
}

}  // namespace

std::string ToString(const ExitStatus& status) {
  if (status.signal == 0) return fmt::format("exit code {}", status.exit_code);
  return fmt::format("signal {} ({})", status.signal, ::strsignal(status.signal));
}

Result<ChildProcess> ChildProcess::Start(const ChildCommand& command) {
  FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return ErrnoStatus(errno, "open", "/dev/null");
  FW_ASSIGN(const FileDescriptor input, AboveStandard(std::move(null), "/dev/null"));
  FW_ASSIGN(Output out, OpenOutput(command.stdout_file));
  FW_ASSIGN(Output err, OpenOutput(command.stderr_file));
  FW_ASSIGN(const int pid,
            Launch(command, {input.get(), out.child_end.get(), err.child_end.get()}));
  ChildProcess child;
  child.pid_ = pid;
  child.lifetime_ = command.lifetime;
  child.stdout_fd_ = out.parent_end.Release();
  child.stderr_fd_ = err.parent_end.Release();
  child.pidfd_ = ::pidfd_open(pid, 0);
  if (child.pidfd_ < 0) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return ErrnoStatus(error, "watch", command.program);
  }
  // Not reaped yet, so it is there, at least as a zombie.
  FW_ASSIGN(child.identity_, IdentifyProcess(pid));
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  CloseAll();
  pid_ = other.pid_;
  lifetime_ = other.lifetime_;
  identity_ = other.identity_;
  status_ = other.status_;
  pidfd_ = std::exchange(other.pidfd_, -1);
  stdout_fd_ = std::exchange(other.stdout_fd_, -1);
  stderr_fd_ = std::exchange(other.stderr_fd_, -1);
  return *this;
}

ChildProcess::~ChildProcess() { CloseAll(); }

void ChildProcess::CloseAll() {
  for (int* fd : {&pidfd_, &stdout_fd_, &stderr_fd_}) {
    if (*fd >= 0) ::close(std::exchange(*fd, -1));
  }
}

std::optional<ExitStatus> ChildProcess::TryWait() {
  if (status_ || pidfd_ < 0) return status_;
  siginfo_t info = {};
  const auto wait = [&](int options) {
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG | options) == 0 &&
           info.si_pid != 0;
  };
  if (!wait(WNOWAIT)) return std::nullopt;
  // While the zombie keeps its pid, the group's number cannot be another's.
  if (lifetime_ == ChildLifetime::kDiesWithParent) ::kill(-pid_, SIGKILL);
  if (!wait(0)) return std::nullopt;
  status_ = info.si_code == CLD_EXITED ? ExitStatus{.exit_code = info.si_status}
                                       : ExitStatus{.signal = info.si_status};
  return status_;
}

std::optional<ExitStatus> ChildProcess::WaitFor(double timeout_s) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(timeout_s));
  while (true) {
    if (const auto status = TryWait()) return status;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd ready = {pidfd_, POLLIN, 0};
    // A pidfd that wakes early must not make this spin: the next look is a millisecond away.
    if (::poll(&ready, 1, static_cast<int>(std::min<int64_t>(left, 1000))) > 0 && !TryWait()) {
      ::poll(nullptr, 0, 1);
    }
  }
}

void ChildProcess::SignalGroup(int signal) const {
  if (!status_) ::kill(-pid_, signal);
}

}  // namespace flywheel
