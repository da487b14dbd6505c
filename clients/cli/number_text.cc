#include "clients/cli/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flywheel {

std::string Percent(double share) { return fmt::format("{:.1f}", 100 * share); }

std::string SignedPercent(double share) {
  // No "-0.0": what rounds to nothing has no sign.
  const double percent = std::round(1000 * share) / 10;
  return percent == 0 ? "0.0" : fmt::format("{:+.1f}", percent);
}

std::string PValueText(double p) {
  if (p >= 0.001) return fmt::format("{:.3f}", p);
  if (p >= 0.0001) return fmt::format("{:.4f}", p);
  return p > 0 ? fmt::format("{:.1e}", p) : "0";
}

std::string DurationText(double seconds) {
  const int64_t whole = std::llround(std::max(0.0, seconds));
  const int64_t hours = whole / 3600;
  const int64_t minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string SecondsText(double seconds) {
  return seconds < 9.95 ? fmt::format("{:.1f}", seconds) : fmt::format("{:.0f}", seconds);
}

std::string ShortDigest(std::string_view digest) {
  constexpr size_t kDigits = 12;
  return std::string(digest.substr(0, kDigits));
}

std::string CountText(int64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t left = digits.size() - i;
    if (i > 0 && left % 3 == 0 && digits[i - 1] != '-') text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string Counted(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", CountText(count), noun, count == 1 ? "" : "s");
}

}  // namespace flywheel
