// Other people's data for tests, which is no part of the project: in the folder that
// FLYWHEEL_REALDATA names.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace flywheel::testing {

// The path of what is called `name` there; empty, and a word to the reader, where it is not. "" is
// the folder itself.
inline std::string RealData(const std::string& name) {
  const char* folder = std::getenv("FLYWHEEL_REALDATA");
  const std::string path = folder == nullptr ? "" : folder + (name.empty() ? "" : "/" + name);
  if (folder != nullptr && std::filesystem::exists(path)) return path;
  WARN("skipped: no real data");
  return "";
}

}  // namespace flywheel::testing
