#include "orchestrator/store/store_turns.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace flywheel {
namespace {

constexpr int kThreads = 8;
constexpr int kTurnsEach = 2000;

TEST_CASE("nobody has a turn while another has one, and every turn comes") {
  StoreTurns turns;
  std::atomic<bool> taken = false;
  std::atomic<int> overlaps = 0;
  int count = 0;  // not atomic: the turns guard it
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < kTurnsEach; ++turn) {
        turns.Run([&] {
          if (taken.exchange(true)) ++overlaps;
          ++count;
          taken = false;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(overlaps == 0);
  CHECK(count == kThreads * kTurnsEach);
}

TEST_CASE("a turn hands back what was done in it") {
  StoreTurns turns;
  CHECK(turns.Run([] { return 7; }) == 7);
}

}  // namespace
}  // namespace flywheel
