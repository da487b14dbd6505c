#include "tests/sim/sim_people.h"

#include <fmt/format.h>

#include <utility>

#include "tests/support/campaign_specs.h"

namespace flywheel {

SimPeople::SimPeople(SimEnvironment& environment, SimDaemon& daemon)
    : environment_(environment), daemon_(daemon) {}

bool SimPeople::answered() const {
  return static_cast<int>(created_.size()) == environment_.options.campaigns;
}

void SimPeople::Start() {
  const SimOptions& options = environment_.options;
  for (int number = 1; number <= options.campaigns; ++number) {
    const TimeMs when = options.faults ? environment_.Delay(0, 100'000) : 0;
    environment_.After(when, [this, number] { Create(number); });
  }
  if (!options.faults) return;
  const auto later = [this](TimeMs most, Command command) {
    environment_.After(environment_.Delay(0, most), [this, command] { Say(command); });
  };
  for (int64_t id = 1; id <= options.campaigns; ++id) {
    if (environment_.rng.Chance(0.5)) later(400'000, PauseCampaign{id, ""});
    if (environment_.rng.Chance(0.2)) later(600'000, CancelCampaign{id, ""});
    // Until it was heard, so that nobody waits for ever for a person.
    const TimeMs heard_by = environment_.chaos_end_ms - environment_.now_ms() + 200'000;
    for (TimeMs at = 400'000; at <= heard_by; at += 100'000) {
      environment_.After(at, [this, id] { Say(ResumeCampaign{id, ""}); });
    }
  }
}

void SimPeople::Say(Command command) {
  daemon_.Deliver(
      SubmittedCommand{std::move(command), [this](const Result<Shared<CampaignState>>& reply) {
                         if (reply.ok() && !daemon_.muted()) daemon_.witness().Replied(**reply);
                       }});
}

CampaignSpec SimPeople::SpecOf(int number) const {
  const SimOptions& options = environment_.options;
  CampaignSpec spec = CompleteSpec(fmt::format("campaign-{}", number));
  spec.seed = options.seed * 1000 + static_cast<uint64_t>(number);
  spec.iterations = 1 + number % 3;
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    spec.stages.Of(stage).limits.time_limit_s = 300;
    spec.stages.Of(stage).max_infrastructure_failures = options.deadly() ? 500 : 20;
  }
  spec.stages.train.resources.cpus = options.cpus_per_host;
  if (options.adjust) options.adjust(spec);
  return spec;
}

// Asks with one request id until it has an answer, like a client whose deadline ran out.
void SimPeople::Create(int number) {
  if (created_.contains(number)) return;
  environment_.After(environment_.Delay(500, 5000), [this, number] { Create(number); });
  CreateCampaign create = CreateOf(SpecOf(number));
  create.request_id = fmt::format("request-{}", number);
  const bool lost = environment_.chaos() && environment_.rng.Chance(0.3);
  daemon_.Deliver(SubmittedCommand{
      std::move(create), [this, number, lost](const Result<Shared<CampaignState>>& reply) {
        if (!reply.ok() || lost || daemon_.muted()) return;
        daemon_.witness().Replied(**reply);
        created_.insert(number);
      }});
}

}  // namespace flywheel
