#include "clients/cli/programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

extern char** environ;

namespace flywheel {

std::string ProgramFolder() {
  if (const char* folder = std::getenv("FLYWHEEL_BIN_DIR"); folder != nullptr && *folder != '\0') {
    return folder;
  }
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : self.parent_path().string();
}

Result<std::string> FindProgram(std::string_view name) {
  std::string path = fmt::format("{}/{}", ProgramFolder(), name);
  if (::access(path.c_str(), X_OK) == 0) return path;
  return NotFound(
      fmt::format("{}: no such program; build the target '{}', or set FLYWHEEL_BIN_DIR to the "
                  "folder that has it",
                  path, name));
}

std::vector<std::string> CurrentEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

}  // namespace flywheel
