// The interval that goes with every accuracy: Wilson's score interval at 95 %. It stays within 0
// and 1 and is honest at 0 % and 100 %, where the textbook interval has no width. Wilson, "Probable
// inference", JASA 22 (1927).
#pragma once

#include <cstdint>

#include "base/records/summaries.h"

namespace flywheel {

// Needs 0 <= correct <= n. With n = 0 nothing is known: accuracy 0, interval 0 to 1.
Accuracy WilsonAccuracy(int32_t correct, int32_t n);

}  // namespace flywheel
