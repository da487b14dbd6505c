// One log line format for every program, on stderr:
//
//   2026-11-22T20:15:03.123Z I flywheel-worker c7/i2/train/t0/a1 started, pid 4711
//
// The subject is an attempt, a campaign or "-". Secrets never go here. Not for what programs print
// for their users.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace flywheel {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError };

// "trace", "debug", "info", "warn", "error"; empty is info. INVALID_ARGUMENT names the text.
Result<LogLevel> ParseLogLevel(std::string_view name);

// Call once, before the first line. Without it lines at info and above go out without a program
// name.
void StartLog(std::string_view program, LogLevel level);

void Log(LogLevel level, std::string_view subject, std::string_view message);

template <typename... Args>
void LogDebug(std::string_view subject, fmt::format_string<Args...> text, Args&&... args) {
  Log(LogLevel::kDebug, subject, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void LogInfo(std::string_view subject, fmt::format_string<Args...> text, Args&&... args) {
  Log(LogLevel::kInfo, subject, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarn(std::string_view subject, fmt::format_string<Args...> text, Args&&... args) {
  Log(LogLevel::kWarn, subject, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(std::string_view subject, fmt::format_string<Args...> text, Args&&... args) {
  Log(LogLevel::kError, subject, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace flywheel
