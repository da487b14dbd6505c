// Where the right answer stands among the options: drawn so that within a type every letter comes
// once before any comes again.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/rng.h"

namespace flywheel {

class Letters {
 public:
  explicit Letters(uint64_t seed) : rng_(seed) {}

  // A position from 0 to kChoices - 1 for the next question of the type.
  int Next(int type);

 private:
  Rng rng_;
  std::map<int, std::vector<int>> left_;  // of the current round, by type
};

}  // namespace flywheel
