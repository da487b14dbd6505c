// What a worker is responsible for, on disk: one file for each attempt that it has taken and whose
// result the daemon has not acknowledged. A worker that was killed finds here what it must report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace flywheel {

struct HeldRecord {
  std::string attempt;
  int64_t fencing_token = 0;
  std::string directory;  // the task directory
  bool operator==(const HeldRecord&) const = default;
};

class HeldAttempts {
 public:
  // Files lie in `folder`, which is created.
  static Result<HeldAttempts> Open(std::string folder);

  // Outlives this process when it returns (not the machine, whose end ends the attempt anyway).
  // Call it before anything of the attempt is done.
  Status Add(const HeldRecord& record) const;
  Status Remove(const std::string& attempt) const;
  // In the order of their names. A file that cannot be read is put aside, and `unreadable` says
  // why.
  Result<std::vector<HeldRecord>> ReadAll(std::vector<Status>* unreadable) const;

 private:
  explicit HeldAttempts(std::string folder) : folder_(std::move(folder)) {}
  std::string PathOf(const std::string& attempt) const;
  static Result<HeldRecord> Read(const std::string& path);

  std::string folder_;
};

}  // namespace flywheel
