#include "tests/sim/sim_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/core/report.h"

namespace flywheel {
namespace {

// How long after the last fault everything must have ended.
constexpr TimeMs kPatienceMs = 6 * 3'600'000;
// How long after everything has ended everybody is back and must be known.
constexpr TimeMs kQuietMs = 200'000;

}  // namespace

SimWorld::SimWorld(SimOptions options)
    : environment_(std::move(options)),
      daemon_(environment_),
      workers_(environment_, daemon_),
      people_(environment_, daemon_) {}

void SimWorld::Run() {
  daemon_.Start(workers_, workers_);
  workers_.Start();
  people_.Start();
  const TimeMs end = environment_.chaos_end_ms + kPatienceMs;
  while (!Finished()) {
    if (environment_.schedule.empty()) {
      throw SimFailure("nothing will ever happen, but campaigns are not done");
    }
    environment_.schedule.RunNext();
    if (environment_.now_ms() > end) throw SimFailure("campaigns do not end: " + Describe());
  }
  if (environment_.chaos()) return;
  const TimeMs quiet = environment_.now_ms() + kQuietMs;
  while (environment_.now_ms() < quiet) environment_.schedule.RunNext();
  workers_.CheckKnown();
}

bool SimWorld::Finished() const {
  if (!daemon_.up() || !people_.answered()) return false;
  if (environment_.chaos() && !environment_.options.deadly()) return false;
  return std::all_of(state().campaigns.begin(), state().campaigns.end(),
                     [](const auto& entry) { return IsFinal(entry.second->phase); });
}

std::string SimWorld::Describe() const {
  std::string text = fmt::format("{} at {}, died last {}", daemon_.up() ? "up" : "down",
                                 environment_.now_ms(), daemon_.last_death());
  for (const auto& [id, campaign] : state().campaigns) {
    text += fmt::format("\n  c{} {}: {}", id, CampaignPhaseName(campaign->phase),
                        WhereIs(*campaign).reason);
  }
  return text + workers_.Describe();
}

}  // namespace flywheel
