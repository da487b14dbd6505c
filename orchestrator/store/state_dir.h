// The daemon's state directory: its lock (one daemon at a time), its installation id and the paths
// of what lies in it. Opening it finds at once that a folder is read-only, full or taken.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace flywheel {

class StateDir {
 public:
  // Creates the folder where needed and takes the lock until destruction. FAILED_PRECONDITION names
  // the pid of the daemon that has it.
  static Result<StateDir> Open(const std::string& path);

  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&& other) noexcept;
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;
  ~StateDir();

  // Absolute.
  const std::string& path() const { return path_; }
  // 8 hex digits, drawn when the folder was made.
  const std::string& installation_id() const { return installation_id_; }

  std::string JournalPath() const { return path_ + "/journal.db"; }
  std::string ArtifactsPath() const { return path_ + "/artifacts"; }
  std::string WorkersPath() const { return path_ + "/workers"; }
  std::string WorkPath() const { return path_ + "/work"; }
  // Where clients and workers find the running daemon.
  std::string DaemonFilePath() const { return path_ + "/daemon.json"; }

 private:
  StateDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::string path_;
  std::string installation_id_;
  int lock_fd_ = -1;
};

}  // namespace flywheel
