#include "tests/sim/sim_run.h"

#include <fmt/format.h>

#include "tests/sim/history_check.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

constexpr int kCampaigns = 3;

void Must(const Status& status) {
  if (!status.ok()) throw SimFailure("undisturbed: " + status.ToString());
}

// The artifacts of a campaign when nothing goes wrong.
std::vector<Shared<ArtifactRef>> Undisturbed(const CampaignSpec& spec) {
  FakeJournal journal;
  FakeExecutor executor;
  FakeLink link;
  FakeClock clock;
  Loop loop({&journal, &executor, &link, &clock}, {});
  Must(loop.Boot());
  Must(ObserveNow(loop, {Connected("w", 1, 64)}));
  Must(SubmitNow(loop, CreateOf(spec)).status());
  for (size_t next = 0; next < link.assigned.size(); ++next) {
    const FakeLink::Assigned assigned = link.assigned[next];
    AttemptFinished finished{assigned.to.worker,
                             AttemptOf(assigned.task.attempt),
                             assigned.fencing_token,
                             SimResult(assigned.task),
                             1,
                             0};
    Must(ObserveNow(loop, {finished}));
  }
  if (loop.snapshot()->Find(1)->phase != CampaignPhase::kSucceeded) {
    throw SimFailure("an undisturbed campaign does not succeed");
  }
  return loop.snapshot()->Find(1)->artifacts;
}

std::map<std::string, std::string> ByName(const std::vector<Shared<ArtifactRef>>& artifacts) {
  std::map<std::string, std::string> named;
  for (const ArtifactRef& artifact : artifacts) named[artifact.name] = artifact.digest;
  return named;
}

std::string Tail(const std::vector<Event>& events) {
  std::string tail;
  const size_t from = events.size() < 25 ? 0 : events.size() - 25;
  for (size_t i = from; i < events.size(); ++i) {
    tail += fmt::format("  #{} {} c{} {}\n", events[i].seq, events[i].time_ms, events[i].campaign,
                        events[i].why);
  }
  return tail;
}

// What is wrong with the end of a world that has come to it.
std::string WrongAtEnd(const SimWorld& world, SimOutcome* outcome) {
  if (world.state().campaigns.size() != kCampaigns) {
    return fmt::format("{} campaigns, expected {}", world.state().campaigns.size(), kCampaigns);
  }
  for (const auto& [id, campaign] : world.state().campaigns) {
    ++outcome->ends[campaign->phase];
    if (campaign->phase != CampaignPhase::kSucceeded) continue;
    if (ByName(campaign->artifacts) != ByName(Undisturbed(campaign->spec))) {
      return fmt::format("c{} made other artifacts than when nothing goes wrong", id);
    }
  }
  return "";
}

}  // namespace

void SimTotals::Add(const SimOutcome& outcome) {
  ++seeds;
  events += outcome.events;
  crashes += outcome.crashes;
  failures += outcome.failure.empty() ? 0 : 1;
  for (const auto& [phase, count] : outcome.ends) {
    ends[phase] += count;
    campaigns += count;
  }
}

std::string ToString(const SimTotals& totals) {
  return fmt::format("seeds={} campaigns={} events={} crashes={} failures={}", totals.seeds,
                     totals.campaigns, totals.events, totals.crashes, totals.failures);
}

SimOutcome RunSimSeed(uint64_t seed, Crashes crashes) {
  SimOutcome outcome;
  SimWorld world(
      {.seed = seed, .crashes = crashes, .campaigns = kCampaigns, .faults = true, .adjust = {}});
  try {
    world.Run();
    outcome.failure = WrongAtEnd(world, &outcome);
  } catch (const SimFailure& broken) {
    outcome.failure = broken.what();
  }
  if (!outcome.failure.empty()) {
    outcome.failure = fmt::format(
        "seed {}: {}\n  faults: {}\n  again: flywheel-sim --seeds {}{}\n{}", seed, outcome.failure,
        Describe(world.faults()), seed, crashes == Crashes::kAtEveryAppend ? " --every-append" : "",
        Tail(world.events()));
  }
  outcome.crashes = world.crashes();
  outcome.events = static_cast<int64_t>(world.events().size());
  return outcome;
}

}  // namespace flywheel
