#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace flywheel {

void CheckFailed(const char* file, int line, const char* expression, const char* note) {
  std::fprintf(stderr, "%s:%d: check failed: %s: %s\n", file, line, expression, note);
  std::fflush(stderr);
  std::abort();
}

}  // namespace flywheel
