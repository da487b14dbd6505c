// What tasks would hand back if they did anything: outputs whose digests are a function of kind,
// inputs, parameters and seed alone, and summaries with small numbers.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/records/task.h"

namespace flywheel {

struct FakeOutcome {
  double p_value = 0.001;       // of the judge's paired test
  double accuracy = 0.5;        // on every split
  int32_t samples = 80;         // generated
  std::set<std::string> lacks;  // outputs that are missing
  // Splits that prepare finds.
  std::set<std::string> splits = {"steer", "gate", "sealed"};
};

// A digest of 64 hex digits.
std::string FakeDigest(const TaskSpec& task, const std::string& output);

TaskResult FakeResult(const TaskSpec& task, const FakeOutcome& outcome);

}  // namespace flywheel
