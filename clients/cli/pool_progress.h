// One line that says how far a long command on files is: a bar on terminals, elsewhere a line now
// and then. On stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace flywheel {

class PoolProgress {
 public:
  PoolProgress();
  // Takes the line away.
  ~PoolProgress();
  PoolProgress(const PoolProgress&) = delete;
  PoolProgress& operator=(const PoolProgress&) = delete;

  // What is shown: "  coco   <bar>  52 %  312,000 samples  414,113/s  ETA 0:19".
  struct Shown {
    std::string name;
    double fraction = 0;
    int64_t samples = 0;
    std::string_view unit = "samples";
  };
  void Show(const Shown& shown);
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string Rate(const Shown& shown) const;

  bool terminal_ = false;
  bool unicode_ = false;
  bool visible_ = false;
  Clock::time_point begun_;
  Clock::time_point shown_;
  std::string name_;
  int64_t samples_at_begin_ = 0;
  double fraction_at_begin_ = 0;
};

}  // namespace flywheel
