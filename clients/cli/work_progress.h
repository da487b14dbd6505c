// How far a command of this process is, for people on stderr: a bar on a terminal, elsewhere now
// and then a line. Measures the rate itself; cheap enough to be told of every record.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "clients/cli/live_pane.h"

namespace flywheel {

class WorkProgress {
 public:
  // `total` bytes are to be worked on; 0: nobody knows.
  explicit WorkProgress(int64_t total);

  // `label` is what is worked on, "svit"; `done` bytes of the total.
  void Show(const std::string& label, int64_t done);
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  LivePane pane_;
  int64_t total_;
  Clock::time_point begin_;
  Clock::time_point shown_;
};

}  // namespace flywheel
