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

// Over many seeds.
struct SimTotals {
  int seeds = 0;
  int campaigns = 0;
  int64_t events = 0;
  int64_t crashes = 0;
  int failures = 0;
  std::map<CampaignPhase, int> ends;

  void Add(const SimOutcome& outcome);
};
// "seeds=600 campaigns=1800 events=120000 crashes=1800 failures=0".
std::string ToString(const SimTotals& totals);

SimOutcome RunSimSeed(uint64_t seed, Crashes crashes);

}  // namespace flywheel
