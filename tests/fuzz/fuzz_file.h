// A file in memory that holds the input of one run of a fuzz target, for readers that take a path.
// It goes with the process.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/check.h"

namespace flywheel::testing {

inline std::string FuzzFile(const uint8_t* data, size_t size) {
  static const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  FW_CHECK(::ftruncate(file, 0) == 0 && ::pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
           "the input cannot be written");
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace flywheel::testing
