// The daemon's configuration: a JSON file with comments in the form of v1::DaemonConfig, checked
// and with every default filled in. Touches nothing but the file.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "flywheel/v1/daemon_config.pb.h"

namespace flywheel {

// INVALID_ARGUMENT names the file, the place and what was expected: an unknown field, a wrong type,
// a value out of range. `source` is the file's name in errors.
Result<v1::DaemonConfig> ParseDaemonConfig(std::string_view text, const std::string& source);
Result<v1::DaemonConfig> ReadDaemonConfig(const std::string& path);

// Every field that is not set gets its default; `cores` and `memory_mb` are the machine's.
v1::DaemonConfig WithConfigDefaults(v1::DaemonConfig config, int cores, int memory_mb);

}  // namespace flywheel
