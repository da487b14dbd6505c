// A fake world around the real loop: a daemon that dies at any point, workers with random delays
// and failures, a network that cuts, a disk that fills up, people who create, pause and cancel. All
// of it a function of one seed. Run throws SimFailure as soon as something that must never happen
// has happened.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_environment.h"
#include "tests/sim/sim_people.h"
#include "tests/sim/sim_workers.h"

namespace flywheel {

class SimWorld {
 public:
  explicit SimWorld(SimOptions options);
  // Until every campaign has ended. Once.
  void Run();

  const std::vector<Event>& events() const { return daemon_.events(); }
  const LoopState& state() const { return daemon_.state(); }
  const SimFaults& faults() const { return environment_.faults; }
  int crashes() const { return daemon_.crashes(); }
  void OnTurn(std::function<void(const LoopState&)> observer) {
    daemon_.on_turn = std::move(observer);
  }

 private:
  bool Finished() const;
  std::string Describe() const;

  SimEnvironment environment_;
  SimDaemon daemon_;
  SimWorkers workers_;
  SimPeople people_;
};

}  // namespace flywheel
