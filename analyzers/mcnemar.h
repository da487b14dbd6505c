// McNemar's test, exact and one-sided: do the questions that the candidate fixed outnumber those it
// broke by more than chance? Only questions on which the two models differ carry information; each
// is a fair coin if the models are equally good. Does not decide anything: that is the gate.
#pragma once

#include <cstdint>

namespace flywheel {

// The probability of at least `fixed` heads in fixed + broken fair tosses; 1 when fixed is 0.
// Relative error below 1e-12 for counts up to a billion; needs both counts not negative.
double McNemarOneSided(int64_t fixed, int64_t broken);

}  // namespace flywheel
