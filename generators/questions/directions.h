// Questions about where one thing is as seen from another.
#pragma once

#include <string>
#include <string_view>

#include "generators/questions/candidate.h"

namespace flywheel {

// "to the left", "to the right", "above" or "below", by the larger of the two distances. dx and dy
// lead from the other thing to this one; y grows downwards.
std::string_view DirectionOf(double dx, double dy);

// Where `one` is as seen from `other`; `answer` is one of the four above.
Candidate DirectionQuestion(const std::string& one, const std::string& other,
                            std::string_view answer);

}  // namespace flywheel
