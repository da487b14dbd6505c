// The people of the fake world: they submit campaigns and say it again until they have an answer,
// pause, cancel and resume. What they were told must hold (witness.h).
#pragma once

#include <set>

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_environment.h"

namespace flywheel {

class SimPeople {
 public:
  SimPeople(SimEnvironment& environment, SimDaemon& daemon);
  void Start();
  // Everybody knows that their campaign is there.
  bool answered() const;

 private:
  void Create(int number);
  CampaignSpec SpecOf(int number) const;
  void Say(Command command);

  SimEnvironment& environment_;
  SimDaemon& daemon_;
  std::set<int> created_;  // campaign numbers
};

}  // namespace flywheel
