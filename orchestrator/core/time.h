// Time as the core sees it: a number that it is given. The core has no clock.
#pragma once

#include <cstdint>

namespace flywheel {

// Milliseconds since 1970-01-01 UTC.
using TimeMs = int64_t;

inline TimeMs SecondsToMs(double seconds) { return static_cast<TimeMs>(seconds * 1000.0 + 0.5); }
inline double MsToSeconds(TimeMs ms) { return static_cast<double>(ms) / 1000.0; }

}  // namespace flywheel
