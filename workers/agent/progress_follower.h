// Reads what a task appends to progress.jsonl. Only the newest whole line matters; one that is not
// valid is skipped, and a task that writes far more than anyone reads costs no memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/records/task.h"

namespace flywheel {

class ProgressFollower {
 public:
  explicit ProgressFollower(std::string path) : path_(std::move(path)) {}

  struct News {
    // A new line was there, valid or not: the task is alive.
    bool any = false;
    std::optional<TaskProgress> progress;
  };
  // Never blocks longer than a small read takes.
  News Poll();

 private:
  std::string path_;
  int64_t offset_ = 0;
  std::string partial_;
};

}  // namespace flywheel
