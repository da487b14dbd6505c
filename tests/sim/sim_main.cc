// flywheel-sim: more seeds of the fake world than a test has time for, or one alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/sim_run.h"

namespace flywheel {
namespace {

constexpr char kSeedsForm[] = "A or A..B, with A at most B";

struct Options {
  std::string seeds = "1..100";
  bool every_append = false;
  bool first_failure = false;
};

struct SeedRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

std::optional<uint64_t> ParseSeed(std::string_view text) {
  uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc() || stop != end) return std::nullopt;
  return seed;
}

std::optional<SeedRange> ParseSeeds(std::string_view text) {
  const size_t dots = text.find("..");
  const auto first = ParseSeed(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : ParseSeed(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  return SeedRange{*first, *last};
}

int Run(const Options& options) {
  const SeedRange seeds = *ParseSeeds(options.seeds);
  const Crashes kind = options.every_append ? Crashes::kAtEveryAppend : Crashes::kAtRandom;
  SimTotals totals;
  for (uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    const SimOutcome outcome = RunSimSeed(seed, kind);
    totals.Add(outcome);
    if (outcome.failure.empty()) continue;
    fmt::print("{}\n", outcome.failure);
    if (options.first_failure) break;
  }
  fmt::print("{}\n", ToString(totals));
  return totals.failures == 0 ? 0 : 1;
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
            if (flywheel::ParseSeeds(text)) return std::string();
            return fmt::format("'{}': expected {}", text, flywheel::kSeedsForm);
          },
          "A..B"));
  app.add_flag("--every-append", options.every_append,
               "Crash whenever something is to become durable, not at a few event boundaries");
  app.add_flag("--first-failure", options.first_failure, "End at the first seed that fails");
  CLI11_PARSE(app, argc, argv);
  return flywheel::Run(options);
}
