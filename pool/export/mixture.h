// How much of a base mixture and of new data goes into one training file: "base:1.0,new:0.5".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

struct Mixture {
  double base = 1;  // copies of each record, on average
  double added = 1;

  bool operator==(const Mixture&) const = default;
};

// Both parts must be named once, with a number from 0 to 1,000.
Result<Mixture> ParseMixture(std::string_view text);

// How often record `index` (from 0) comes under a factor: whole copies, and fractions spread
// evenly, so that n records give floor(n * factor).
int64_t CopiesOf(int64_t index, double factor);

}  // namespace flywheel
