// flywheel-sim: more seeds of the fake world than a test has time for, or one alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "tests/sim/sim_run.h"

namespace flywheel {
namespace {

struct Options {
  std::string seeds = "1..100";
  bool every_append = false;
};

int Run(const Options& options) {
  const size_t dots = options.seeds.find("..");
  const uint64_t first = std::stoull(options.seeds);
  const uint64_t last =
      dots == std::string::npos ? first : std::stoull(options.seeds.substr(dots + 2));
  const Crashes kind = options.every_append ? Crashes::kAtEveryAppend : Crashes::kAtRandom;
  int64_t crashes = 0;
  int64_t events = 0;
  int failures = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const SimOutcome outcome = RunSimSeed(seed, kind);
    crashes += outcome.crashes;
    events += outcome.events;
    if (outcome.failure.empty()) continue;
    ++failures;
    fmt::print("{}\n", outcome.failure);
  }
  fmt::print("seeds={}..{} events={} crashes={} failures={}\n", first, last, events, crashes,
             failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  CLI::App app("flywheel-sim: the loop in a seeded fake world with crashes");
  flywheel::Options options;
  app.add_option("--seeds", options.seeds, "A..B, or one seed alone")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool good = !text.empty() &&
                              text.find_first_not_of("0123456789.") == std::string::npos &&
                              text.front() != '.';
            return good ? std::string() : "expected A..B or A";
          },
          "A..B"));
  app.add_flag("--every-append", options.every_append,
               "Crash whenever something is to become durable, not at random");
  CLI11_PARSE(app, argc, argv);
  return flywheel::Run(options);
}
