// A model folder that passes prepare's checks and holds nothing worth loading.
#pragma once

#include <string>

namespace flywheel {

void WriteSmallModel(const std::string& path);

}  // namespace flywheel
