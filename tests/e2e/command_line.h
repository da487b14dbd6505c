// Runs the real `flywheel` binary for a test: arguments in, exit code and both outputs back. Says
// also whether anything of a state directory still runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/io/child_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {

struct CommandResult {
  int exit_code = -1;  // -1: a signal ended it, or the time was over
  std::string out;
  std::string err;
};

// One command, running in a folder of its own.
class RunningCommand {
 public:
  explicit RunningCommand(const std::vector<std::string>& arguments);

  void Signal(int signal) const { child_->SignalGroup(signal); }
  // Until stderr holds the text, or the command has ended or the time is over: then false.
  bool WaitForErr(const std::string& text, double timeout_s);
  CommandResult Wait(double timeout_s);

 private:
  TempDir folder_;
  std::unique_ptr<ChildProcess> child_;
};

CommandResult RunFlywheel(const std::vector<std::string>& arguments, double timeout_s = 120);

// A flywheeld on the state directory, as people start one. Its words go to `log`.
ChildProcess StartDaemon(const std::string& state_dir, const std::string& log);

// Path below the source tree, and of a program of this build.
std::string SourcePath(const std::string& relative);
std::string ProgramPath(const std::string& name);

// Command lines of all processes that name `text`, except this one's.
std::vector<std::string> ProcessesNaming(const std::string& text);
// Pids of the processes whose command line names both.
std::vector<int> PidsNaming(const std::string& program, const std::string& text);

}  // namespace flywheel::testing
