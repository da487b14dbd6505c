// What flywheel-worker is told on its command line.
#pragma once

#include <string>
#include <vector>

#include "base/io/log.h"
#include "base/result.h"

namespace flywheel {

struct AgentOptions {
  // Where the daemon listens. Empty: `state_dir`/daemon.json says, and is read again before every
  // connection, because a daemon that was started again may listen elsewhere.
  std::string server;
  // The state directory, absolute. The worker's own folder, the work folder and the artifacts lie
  // in it.
  std::string state_dir;
  std::string worker_id;
  std::string work_dir;
  std::string task_program;
  std::vector<std::string> kinds;
  int cpus = 0;
  int memory_mb = 0;
  // Leave after the idle time that the daemon names. Workers started by hand stay.
  bool leave_when_idle = false;
  LogLevel log_level = LogLevel::kInfo;

  std::string worker_dir() const { return state_dir + "/workers/" + worker_id; }
  std::string artifacts_dir() const { return state_dir + "/artifacts"; }
};

// Parses and completes the arguments: what is not given is taken from this machine. On --help or a
// wrong argument, prints and ends the process with 0 or 2.
AgentOptions ParseArgumentsOrExit(int argc, char** argv);

// The machine's own: cores that this process may use, memory in MiB, name.
int MachineCpus();
int MachineMemoryMb();
std::string MachineName();

// A program of Flywheel: in FLYWHEEL_BIN_DIR, else in the folder of this one.
std::string SiblingProgram(const std::string& name);

}  // namespace flywheel
