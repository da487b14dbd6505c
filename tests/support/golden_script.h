// Golden text scripts: a file of blocks, each one or more command lines, a line "----", and
// everything that they did, ended by an empty line. Lines that begin with '#' before a block are
// comments. With FLYWHEEL_REWRITE=1 in the environment a run writes what it saw into the file.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace flywheel {

// The source tree: FLYWHEEL_SOURCE_DIR, or the current folder.
inline std::string SourcePath(const std::string& path) {
  const char* root = std::getenv("FLYWHEEL_SOURCE_DIR");
  return root == nullptr ? path : std::string(root) + "/" + path;
}

// Runs the script at `path` (below the source tree); `run` takes one command line and returns the
// lines that it caused, each with its line end.
inline void RunGoldenScript(const std::string& path,
                            const std::function<std::string(const std::string&)>& run) {
  std::ifstream file(SourcePath(path));
  INFO("golden script " << path);
  REQUIRE(file.good());
  std::ostringstream seen;
  std::ostringstream expected;
  std::string line;
  std::string output;
  bool in_output = false;
  while (std::getline(file, line)) {
    expected << line << "\n";
    if (in_output) {
      if (!line.empty()) continue;
      in_output = false;
      seen << "\n";
    } else if (line == "----") {
      in_output = true;
      seen << "----\n" << output;
      output.clear();
    } else {
      seen << line << "\n";
      if (!line.empty() && line[0] != '#') output += run(line);
    }
  }
  const char* rewrite = std::getenv("FLYWHEEL_REWRITE");
  if (rewrite != nullptr && std::string(rewrite) == "1") {
    std::ofstream(SourcePath(path)) << seen.str();
    return;
  }
  CHECK(seen.str() == expected.str());
}

}  // namespace flywheel
