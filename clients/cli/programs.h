// Where the other programs of Flywheel are: in FLYWHEEL_BIN_DIR, else beside this one. PATH is not
// searched, so that one build never runs another's daemon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

// The folder itself, whether anything is in it or not.
std::string ProgramFolder();

// NOT_FOUND names the path and how to get the program.
Result<std::string> FindProgram(std::string_view name);

// This process's environment as "NAME=value" strings.
std::vector<std::string> CurrentEnvironment();

}  // namespace flywheel
