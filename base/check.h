// FW_CHECK: ends the process when the program itself is wrong. Never for bad input, a full disk or
// anything else that can happen to a correct program: those are a Status (base/status.h).
#pragma once

namespace flywheel {

// Prints "FILE:LINE: check failed: EXPRESSION: NOTE" to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression, const char* note);

}  // namespace flywheel

#define FW_CHECK(condition, note) \
  ((condition) ? (void)0 : ::flywheel::CheckFailed(__FILE__, __LINE__, #condition, note))
