// Lines for people on a file descriptor: on a terminal with a live block below them, one line a
// running attempt, elsewhere plain lines and now and then the progress in words.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "clients/cli/progress_line.h"
#include "flywheel/v1/campaign.pb.h"

namespace flywheel {

class LivePane {
 public:
  explicit LivePane(int fd);
  // Takes the live block away.
  ~LivePane();
  LivePane(const LivePane&) = delete;
  LivePane& operator=(const LivePane&) = delete;

  void Print(const std::vector<std::string>& lines);
  void Show(const std::vector<v1::RunningAttempt>& running);
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  void LogProgress(const std::vector<v1::RunningAttempt>& running);
  std::string EraseText();
  void Write(const std::string& text) const;

  int fd_;
  bool terminal_ = false;
  GlyphSet glyphs_ = GlyphSet::kAscii;
  std::vector<std::string> block_;
  // When an attempt's progress was last logged, or first seen.
  std::map<std::string, Clock::time_point> logged_;
};

// Whether the environment's locale is a UTF-8 one.
bool LocaleIsUtf8();

}  // namespace flywheel
