// One seed of the fake world from its beginning to its end, and everything that must hold of it
// then. For the test and for flywheel-sim.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/sim/sim_world.h"

namespace flywheel {

struct SimOutcome {
  std::string failure;  // empty: all is well; else what is wrong and the last events
  int crashes = 0;
  int64_t events = 0;
  std::map<CampaignPhase, int> ends;  // how many campaigns ended so
};

SimOutcome RunSimSeed(uint64_t seed, Crashes crashes);

}  // namespace flywheel
