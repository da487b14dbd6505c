// Shares into whole numbers: how many of `total` each of several kinds gets.
#pragma once

#include <map>

#include "base/result.h"

namespace flywheel {

// Splits `total` in proportion to the weights (by type) by largest remainder, ties to the lower
// type. Sums to total. INVALID_ARGUMENT for negative or infinite weights, or none above zero.
Result<std::map<int, int>> QuotasOf(const std::map<int, double>& weights, int total);

}  // namespace flywheel
