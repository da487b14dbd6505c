// `flywheel doctor`'s checks: whether this machine can run campaigns, one finding a check, each
// with what to do where something is wrong. Changes nothing but a probe file that it removes.
#pragma once

#include <string>
#include <vector>

namespace flywheel {

enum class Health { kOk, kWarn, kFail };

struct Finding {
  std::string check;  // "blas"
  Health health = Health::kOk;
  std::string found;
  std::string advice;  // empty when all is well
};

struct DoctorQuestion {
  std::string state_dir;  // absolute; may not exist yet
  // The daemon to look for; empty: the state directory's.
  std::string server;
};

std::vector<Finding> Examine(const DoctorQuestion& question);

// What `ldd` printed about flywheel-task, judged: which BLAS does the model compute with?
// `resolve`d paths have no links any more.
Finding JudgeBlas(const std::string& ldd_output);
// Judged by what is there, so that thresholds can be tested.
Finding JudgeMemory(double available_gib);
Finding JudgeDiskSpace(double free_gib, const std::string& path);

}  // namespace flywheel
