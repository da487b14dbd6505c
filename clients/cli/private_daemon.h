// The daemon behind `flywheel run`: one of our own on a unix socket, or the one that already owns
// the state directory. One of our own is started and stopped here together with its workers, dies
// with this process, and nothing of it is left when the last command that uses it ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/io/child_process.h"
#include "base/io/file_descriptor.h"
#include "base/result.h"

namespace flywheel {

struct PrivateDaemonOptions {
  std::string state_dir;  // absolute
  // Most workers at a time; absent: the daemon's default.
  std::optional<int> workers;
};

class PrivateDaemon {
 public:
  // Finds or starts it and waits until it answers. Call it from a thread that lives as long as the
  // daemon should. What keeps the daemon from starting is said in its own words.
  static Result<std::unique_ptr<PrivateDaemon>> Acquire(const PrivateDaemonOptions& options);

  PrivateDaemon(const PrivateDaemon&) = delete;
  PrivateDaemon& operator=(const PrivateDaemon&) = delete;
  // Kills what Stop was not called for.
  ~PrivateDaemon();

  const std::string& address() const { return address_; }

  // The same again after the daemon went away: its journal knows where it was.
  Status Reacquire();

  // Stops the daemon, if it was started here, and then its workers. Waits for other commands that
  // use it. Everything is killed at once when `hurry` says so, which is asked a few times a second.
  void Stop(const std::function<bool()>& hurry);

 private:
  PrivateDaemon(PrivateDaemonOptions options, FileDescriptor use)
      : options_(std::move(options)), use_(std::move(use)) {}

  bool Find();
  Status Start();
  Status WaitForAnswer(size_t log_begin);
  std::string LogPath() const { return options_.state_dir + "/flywheeld.log"; }

  PrivateDaemonOptions options_;
  FileDescriptor use_;  // STATE/run.lock, shared by all commands that use the daemon
  std::string address_;
  // That a daemon was started here, and the one that was last.
  bool ours_ = false;
  std::optional<ChildProcess> child_;
};

}  // namespace flywheel
