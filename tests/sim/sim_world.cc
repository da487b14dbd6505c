#include "tests/sim/sim_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/core/apply.h"
#include "orchestrator/core/report.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

constexpr TimeMs kChaosMs = 900'000;
// A daemon that dies at every append needs longer.
constexpr TimeMs kDeadlyChaosMs = 24 * 3'600'000;
constexpr TimeMs kPatienceMs = 6 * 3'600'000;

}  // namespace

TaskResult SimResult(const TaskSpec& task) {
  FakeOutcome outcome;
  // Half of the candidates are better, which half is a function of the task.
  outcome.p_value = FakeDigest(task, "p").at(0) < '8' ? 0.0001 : 0.9;
  return FakeResult(task, outcome);
}

SimWorld::SimWorld(SimOptions options) : options_(std::move(options)), rng_(options_.seed) {
  const bool deadly = options_.crashes == Crashes::kAtEveryAppend;
  chaos_end_ms_ = clock_.now_ms + (deadly ? kDeadlyChaosMs : kChaosMs);
}

void SimWorld::At(TimeMs when, std::function<void()> what) {
  plan_.push({std::max(when, clock_.now_ms), ++order_, std::move(what)});
}

void SimWorld::Run() {
  Boot();
  PlanPeople();
  const TimeMs end = chaos_end_ms_ + kPatienceMs;
  while (!Finished()) {
    if (plan_.empty()) throw SimFailure("nothing will ever happen, but campaigns are not done");
    const Planned next = plan_.top();
    plan_.pop();
    clock_.now_ms = next.when;
    if (clock_.now_ms > end) throw SimFailure("campaigns do not end: " + Describe());
    next.what();
  }
  CheckReplay();
}

std::string SimWorld::Describe() const {
  std::string text =
      fmt::format("{} at {}, died last {}", up_ ? "up" : "down", clock_.now_ms, last_death_);
  for (const auto& [id, campaign] : state().campaigns) {
    text += fmt::format("\n  c{} {}: {}", id, CampaignPhaseName(campaign->phase),
                        WhereIs(*campaign).reason);
  }
  for (const auto& [name, seen] : state().workers) {
    const Worker& worker = workers_.at(name);
    text += fmt::format("\n  {} on {}: stream {} of {}, heard {}, holds {}, really {}", name,
                        worker.host, seen.connection, worker.connection, seen.heard_ms,
                        HeldAttemptName(seen),
                        worker.running ? ToString(worker.running->attempt) : "nothing");
  }
  return text;
}

bool SimWorld::Finished() const {
  if (!up_ || static_cast<int>(created_.size()) < options_.campaigns) return false;
  if (chaos() && options_.crashes == Crashes::kAtRandom) return false;
  return std::all_of(state().campaigns.begin(), state().campaigns.end(),
                     [](const auto& entry) { return IsFinal(entry.second->phase); });
}

// ---- the daemon

void SimWorld::Boot() {
  LoopConfig config;
  config.capacity = capacity();
  loop_ = std::make_unique<Loop>(LoopPorts{&journal_, this, this, &clock_}, config);
  up_ = true;
  muted_ = false;
  inbox_.clear();
  const bool deadly = options_.crashes == Crashes::kAtEveryAppend && chaos() && rng_.Chance(0.3);
  if (deadly) journal_.FailNext(Internal("torn"), FakeJournal::Written::kNo);
  const Status booted = loop_->Boot();
  journal_.FailNext(OkStatus(), FakeJournal::Written::kNo);
  if (!booted.ok() && deadly) return Die("while it came back");
  if (!booted.ok()) throw SimFailure("boot: " + booted.ToString());
  CheckReplay();
  WakeAt(clock_.now_ms + 1);
}

void SimWorld::WakeAt(TimeMs when) {
  if (wake_ms_ && *wake_ms_ <= when) return;
  wake_ms_ = when;
  At(when, [this, when] {
    if (wake_ms_ != when) return;
    wake_ms_.reset();
    if (up_) Turn();
  });
}

// Appends meet death in three ways, one after the other; every fourth gets through.
void SimWorld::TurnIntoDeath() {
  const uint64_t way = chaos() ? deadly_turns_ % 4 : 3;
  if (way == 0) journal_.FailNext(Internal("torn"), FakeJournal::Written::kNo);
  if (way == 1) journal_.FailNext(DeadlineExceeded("late"), FakeJournal::Written::kYes);
  muted_ = way == 2;
  const int64_t before = journal_.last_seq();
  const auto wake = loop_->TakeTurn(std::exchange(inbox_, {}));
  journal_.FailNext(OkStatus(), FakeJournal::Written::kNo);
  if (wake.ok() && !muted_) {
    if (journal_.last_seq() > before) ++deadly_turns_;
    if (on_turn) on_turn(state());
    if (*wake) WakeAt(std::max(**wake, clock_.now_ms + 5));
    return;
  }
  ++deadly_turns_;
  Die(muted_ ? "after the commit, before anybody was told" : "its journal failed");
}

void SimWorld::Turn() {
  if (options_.crashes == Crashes::kAtEveryAppend) return TurnIntoDeath();
  const auto wake = loop_->TakeTurn(std::exchange(inbox_, {}));
  if (!wake.ok()) return Die("its journal failed");
  if (on_turn) on_turn(state());
  if (muted_) return Die("after the commit, before anybody was told");
  if (*wake) WakeAt(std::max(**wake, clock_.now_ms + 5));
}

void SimWorld::Die(const std::string& how) {
  ++crashes_;
  last_death_ = how;
  up_ = false;
  inbox_.clear();
  for (auto& [id, worker] : workers_) worker.connection = 0;
  static constexpr TimeMs kDowntimes[] = {1, 1000, 20'000, 90'000};
  const bool deadly = options_.crashes == Crashes::kAtEveryAppend;
  After(deadly && rng_.Chance(0.95) ? 1 : kDowntimes[rng_.Below(4)], [this] { Boot(); });
}

void SimWorld::CrashSomehow() {
  if (!chaos()) return;
  After(Delay(5'000, 120'000), [this] { CrashSomehow(); });
  if (!up_) return;
  switch (rng_.Below(4)) {
    case 0:
      CheckReplay();
      return Die("between turns");
    case 1:
      return journal_.FailNext(Internal("torn"), FakeJournal::Written::kNo);
    case 2:
      return journal_.FailNext(DeadlineExceeded("late"), FakeJournal::Written::kYes);
    default:
      muted_ = true;
  }
}

// Replay equals live.
void SimWorld::CheckReplay() {
  LoopState replayed;
  for (const Event& event : journal_.events()) Apply(replayed, event);
  if (!SameHistory(replayed, state())) throw SimFailure("replay differs from what was lived");
}

// ---- people

void SimWorld::Command(flywheel::Command command) {
  if (!up_) return;
  inbox_.emplace_back(SubmittedCommand{std::move(command), [](auto) {}});
  WakeAt(clock_.now_ms + Delay(1, 5));
}

// Asks with one request id until it has an answer, like a client whose deadline ran out.
void SimWorld::Create(int number) {
  if (created_.contains(number)) return;
  After(Delay(500, 5000), [this, number] { Create(number); });
  if (!up_) return;
  CampaignSpec spec = SmallSpec(fmt::format("campaign-{}", number));
  spec.seed = options_.seed * 1000 + static_cast<uint64_t>(number);
  spec.iterations = 1 + number % 3;
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    spec.stages.Of(stage).limits.time_limit_s = 300;
    spec.stages.Of(stage).max_infrastructure_failures =
        options_.crashes == Crashes::kAtEveryAppend ? 500 : 20;
  }
  spec.stages.train.resources.cpus = options_.cpus_per_host;
  if (options_.adjust) options_.adjust(spec);
  CreateCampaign create = CreateOf(std::move(spec));
  create.request_id = fmt::format("request-{}", number);
  const bool lost = chaos() && rng_.Chance(0.3);
  inbox_.emplace_back(SubmittedCommand{std::move(create),
                                       [this, number, lost](Result<Shared<CampaignState>> reply) {
                                         if (reply.ok() && !lost && !muted_)
                                           created_[number] = true;
                                       }});
  WakeAt(clock_.now_ms + Delay(1, 5));
}

void SimWorld::PlanPeople() {
  for (int number = 1; number <= options_.campaigns; ++number) {
    const TimeMs when = options_.faults ? Delay(0, 100'000) : 0;
    After(when, [this, number] { Create(number); });
  }
  if (!options_.faults) return;
  if (options_.crashes == Crashes::kAtRandom) {
    After(Delay(5'000, 60'000), [this] { CrashSomehow(); });
  }
  for (int64_t id = 1; id <= options_.campaigns; ++id) {
    if (rng_.Chance(0.5)) After(Delay(0, 400'000), [this, id] { Command(PauseCampaign{id, ""}); });
    if (rng_.Chance(0.2)) After(Delay(0, 600'000), [this, id] { Command(CancelCampaign{id, ""}); });
    // Until it was heard, so that nobody waits for ever for a person.
    const TimeMs heard_by = chaos_end_ms_ - clock_.now_ms + 200'000;
    for (TimeMs at = 400'000; at <= heard_by; at += 100'000) {
      After(at, [this, id] { Command(ResumeCampaign{id, ""}); });
    }
  }
}

}  // namespace flywheel
