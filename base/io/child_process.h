// Child processes: started so that nothing of this process leaks into them and nothing of theirs
// runs in it, waited for through a pidfd. The one file that knows Boost.Process and its traps. Does
// not decide when a child must end, and does not read its output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/io/process_identity.h"
#include "base/result.h"

namespace flywheel {

enum class ChildLifetime {
  // In a process group of its own; killed by the kernel when the thread that started it ends, so
  // start it from a thread that outlives it.
  kDiesWithParent,
  // In a session of its own; lives on when this process ends.
  kDetached,
};

struct ChildCommand {
  std::string program;  // a path; there is no search in PATH
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // "NAME=value"; nothing else is passed on
  std::string directory;                 // where it runs; empty: here
  ChildLifetime lifetime = ChildLifetime::kDiesWithParent;
  // Files that output is appended to. Empty: a pipe (see ChildProcess::stdout_fd).
  std::string stdout_file;
  std::string stderr_file;
  // The child writes "0" into each before it becomes the program: how it joins a control group
  // (child_group.h). One that cannot be written is passed over.
  std::vector<std::string> join_files;
};

struct ExitStatus {
  int exit_code = 0;  // of a process that ended by itself
  int signal = 0;     // that ended it, or 0
  bool operator==(const ExitStatus&) const = default;
};

// "exit code 3" or "signal 9 (Killed)".
std::string ToString(const ExitStatus& status);

class ChildProcess {
 public:
  // Returns when the program runs. The failure of exec is a Status with the reason: NOT_FOUND (no
  // such program), PERMISSION_DENIED (not executable), RESOURCE_EXHAUSTED (no memory, too many
  // processes). stdin is /dev/null.
  static Result<ChildProcess> Start(const ChildCommand& command);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Closes the descriptors; ends nothing. A child that was not waited for stays a zombie until this
  // process ends.
  ~ChildProcess();

  int pid() const { return pid_; }
  const ProcessIdentity& identity() const { return identity_; }
  // Readable when the child has ended: for poll. Then TryWait.
  int pidfd() const { return pidfd_; }
  // Non-blocking ends of the pipes, or -1.
  int stdout_fd() const { return stdout_fd_; }
  int stderr_fd() const { return stderr_fd_; }

  // Never blocks. Absent while the child runs (a pidfd can become readable early: poll again).
  // Reaps, and first kills what is left of the process group of a child that is not detached; the
  // same answer ever after.
  std::optional<ExitStatus> TryWait();
  // Blocks up to `timeout_s`.
  std::optional<ExitStatus> WaitFor(double timeout_s);

  // To the whole process group, until the child was waited for.
  void SignalGroup(int signal) const;

 private:
  ChildProcess() = default;
  void CloseAll();

  int pid_ = -1;
  ChildLifetime lifetime_ = ChildLifetime::kDiesWithParent;
  ProcessIdentity identity_;
  int pidfd_ = -1;
  int stdout_fd_ = -1;
  int stderr_fd_ = -1;
  std::optional<ExitStatus> status_;
};

}  // namespace flywheel
