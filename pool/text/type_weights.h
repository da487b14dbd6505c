// A file of weights of question types, as an analysis or a person writes it.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace flywheel {

// A JSON object, or one below the member "weights": types by number ("4") or by SEED-Bench's name
// ("Instance Location", upper or lower case, '_' for spaces), 0 for samples of no type. Values are
// weights, not negative. INVALID_ARGUMENT names file and member.
Result<std::map<int, double>> ReadTypeWeights(const std::string& path);

}  // namespace flywheel
