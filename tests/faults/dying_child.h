// A child process of the test that is killed at a fault point, for what must survive that. Forked
// without exec: only where the test program has one thread.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

#include "base/io/faults/fault_points.h"

namespace flywheel::testing {

enum class ChildEnd { kDone, kKilled };

// Runs `action` in a child that has these faults. False from the action fails the test.
inline ChildEnd RunInChild(const FaultRates& rates, const std::function<bool()>& action) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    SetFaults(rates);
    ::_exit(action() ? 0 : 1);
  }
  REQUIRE(pid > 0);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return ChildEnd::kKilled;
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  return ChildEnd::kDone;
}

// Calls `attempt` with a kill before the first point of each kind, after it, before the second and
// so on, until the child gets through. Returns how often it was killed.
inline int ForEachKill(const std::vector<FaultPoint>& points,
                       const std::function<ChildEnd(const FaultRates& rates)>& attempt) {
  int kills = 0;
  for (const FaultPoint point : points) {
    for (const auto member : {&FaultRates::kill_at, &FaultRates::kill_after}) {
      for (int64_t number = 1; number < 1000; ++number) {
        FaultRates rates;
        rates.*member = {.point = point, .number = number};
        INFO("killed at " << FaultPointName(point) << " " << number);
        if (attempt(rates) == ChildEnd::kDone) break;
        ++kills;
      }
    }
  }
  return kills;
}

}  // namespace flywheel::testing
