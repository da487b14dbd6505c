// The daemon's state directory: its owner (one daemon at a time), its installation id and the paths
// of what lies in it. Opening it finds at once that a folder is read-only, full or taken.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "orchestrator/store/ownership.h"

namespace flywheel {

// What to do about a daemon that owns the folder already.
enum class IfOwned {
  kRefuse,
  kTakeOver,  // from an owner that hangs (ownership.h)
};

class StateDir {
 public:
  // Creates the folder where needed and owns it until destruction. FAILED_PRECONDITION names the
  // pid of the daemon that has it.
  static Result<StateDir> Open(const std::string& path, IfOwned if_owned = IfOwned::kRefuse);

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

  const Ownership& ownership() const { return ownership_; }

 private:
  StateDir(std::string path, Ownership ownership)
      : path_(std::move(path)), ownership_(std::move(ownership)) {}

  std::string path_;
  Ownership ownership_;
  std::string installation_id_;
};

}  // namespace flywheel
