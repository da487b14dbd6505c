#include "tests/sim/sim_daemon.h"

#include <fmt/format.h>

#include <utility>

namespace flywheel {
namespace {

constexpr TimeMs kHourMs = 3'600'000;
constexpr TimeMs kDowntimesMs[] = {1, 1000, 20'000, 90'000};
constexpr TimeMs kShortestSleepMs = 5;
constexpr TimeMs kLookAtDiskMs = 2000;
constexpr TimeMs kSupervisorMs = 1000;

const char* HowOf(Death death) {
  switch (death) {
    case Death::kUnsaid:
      return "after the append, before anybody was told";
    case Death::kBetweenTurns:
      return "between turns";
    default:
      return "in an append";
  }
}

}  // namespace

SimDaemon::SimDaemon(SimEnvironment& environment)
    : environment_(environment),
      journal_(environment.faults.storage, environment.options.seed),
      witness_(journal_),
      clock_(*this) {
  journal_.on_append = [this] {
    if (!environment_.Has(Fault::kSlowDisk) || !environment_.rng.Chance(0.2)) return;
    busy_until_ms_ = says_ms() + environment_.Delay(500, 8000);
  };
}

void SimDaemon::Start(Executor& executor, WorkerLink& link) {
  executor_ = &executor;
  link_ = &link;
  Boot();
  if (environment_.Has(Fault::kFullDisk)) {
    PlanFullDisk();
    LookAtDisk();
  }
}

void SimDaemon::Deliver(LoopInput input) {
  if (!up_) return;
  inbox_.push_back(std::move(input));
  WakeAt(environment_.now_ms() + environment_.Delay(1, 5));
}

void SimDaemon::Boot() {
  ++life_;
  if (life_ > 1 && environment_.Has(Fault::kClockJumps)) {
    clock_.offset_ms = environment_.Delay(-24, 24) * kHourMs;
  }
  const Status opened = journal_.Open();
  if (opened.code() == StatusCode::kResourceExhausted && full_) return BootAgain(kSupervisorMs);
  if (!opened.ok()) throw SimFailure("the journal after the crash: " + opened.ToString());
  LoopConfig config;
  config.capacity = executor_->capacity();
  loop_ = std::make_unique<Loop>(LoopPorts{&journal_, executor_, link_, &clock_}, config);
  loop_->OnSnapshot([this](const Snapshot& snapshot) { witness_.Snapshotted(*snapshot); });
  up_ = true;
  muted_ = false;
  inbox_.clear();
  witness_.Recovered(clock_.Now());
  const bool deadly = environment_.options.deadly() && environment_.chaos();
  if (deadly && environment_.rng.Chance(0.3)) journal_.Arm(Death::kTorn);
  const Status booted = loop_->Boot();
  journal_.Arm(Death::kNone);
  if (!booted.ok() && deadly) return Die("while it came back");
  if (!booted.ok()) throw SimFailure("boot: " + booted.ToString());
  witness_.Booted(*loop_);
  WakeAt(environment_.now_ms() + 1);
}

void SimDaemon::BootAgain(TimeMs delay) {
  const TimeMs held_up = says_ms() - environment_.now_ms();
  environment_.After(delay + held_up, [this] { Boot(); });
}

void SimDaemon::WakeAt(TimeMs when) {
  when = std::max(when, busy_until_ms_);
  if (wake_ms_ && *wake_ms_ <= when) return;
  wake_ms_ = when;
  environment_.schedule.At(when, [this, when] {
    if (wake_ms_ != when) return;
    wake_ms_.reset();
    if (up_) Turn();
  });
}

// How this turn is to end. Where death comes at every append it comes in three ways, one after the
// other, and every fourth append gets through: the next one dies before it.
Death SimDaemon::DeathOfTurn() {
  if (!environment_.chaos()) return Death::kNone;
  if (environment_.options.deadly()) {
    static constexpr Death kWays[] = {Death::kTorn, Death::kAnswerLost, Death::kUnsaid,
                                      Death::kNone};
    return kWays[deadly_turns_ % 4];
  }
  const std::vector<CrashPoint>& points = environment_.faults.crash_points;
  if (next_crash_ == points.size() || points[next_crash_].seq > journal_.last_seq()) {
    return Death::kNone;
  }
  return points[next_crash_].death;
}

void SimDaemon::Turn() {
  if (environment_.now_ms() < busy_until_ms_) return WakeAt(busy_until_ms_);
  const Death death = DeathOfTurn();
  if (death == Death::kBetweenTurns) return Die(HowOf(death));
  if (death == Death::kTorn || death == Death::kAnswerLost) journal_.Arm(death);
  muted_ = death == Death::kUnsaid;
  const int64_t before = journal_.last_seq();
  std::vector<LoopInput> inbox = std::exchange(inbox_, {});
  witness_.Hears(inbox, clock_.Now());
  const Result<std::optional<TimeMs>> wake = loop_->TakeTurn(std::move(inbox));
  journal_.Arm(Death::kNone);
  if (!muted_) witness_.AfterTurn(state());
  if (!wake.ok() && death == Death::kNone) throw SimFailure("turn: " + wake.status().ToString());
  if (!wake.ok() || muted_) return Die(HowOf(death));
  if (journal_.last_seq() > before) ++deadly_turns_;
  if (journal_.last_seq() > before && !CompactNowAndThen()) return;
  CheckWake(*wake);
  if (on_turn) on_turn(state());
  if (!*wake) return;
  WakeAt(std::max(**wake - clock_.offset_ms, environment_.now_ms() + kShortestSleepMs));
}

// The state is saved, so that the next life begins there. What it was is checked by every life.
bool SimDaemon::CompactNowAndThen() {
  if (!environment_.rng.Chance(0.05)) return true;
  const bool deadly = environment_.chaos() && environment_.rng.Chance(0.3);
  const bool dies = deadly && (environment_.options.deadly() || next_crash_ > 0);
  if (dies) journal_.Arm(Death::kTorn);
  const bool cut = journal_.cut();  // in an append that got through
  const Status saved = journal_.Compact(state(), 0);
  if (dies || cut) {
    Die("while it saved its state");
    // Comes on top of the crashes that were drawn.
    --next_crash_;
    --deadly_turns_;
    return false;
  }
  if (saved.ok() || saved.code() == StatusCode::kResourceExhausted) return true;
  throw SimFailure("compaction: " + saved.ToString());
}

// A campaign that runs waits for a worker or for a time, never for nothing.
void SimDaemon::CheckWake(std::optional<TimeMs> wake) const {
  if (wake || !state().disk_low.empty()) return;
  for (const auto& [id, campaign] : state().campaigns) {
    if (IsFinal(campaign->phase) || campaign->phase == CampaignPhase::kPaused) continue;
    throw SimFailure(fmt::format("c{} runs, but nothing is waited for", id));
  }
}

void SimDaemon::Die(const std::string& how) {
  ++crashes_;
  ++next_crash_;
  ++deadly_turns_;
  last_death_ = how;
  up_ = false;
  inbox_.clear();
  witness_.Dies(state());
  journal_.Crash();
  on_death();
  const bool soon = environment_.options.deadly() && environment_.rng.Chance(0.95);
  BootAgain(soon ? 1 : kDowntimesMs[environment_.rng.Below(4)]);
}

// ---- the disk

void SimDaemon::PlanFullDisk() {
  const TimeMs most = environment_.options.deadly() ? 20 * 60'000 : 120'000;
  environment_.After(environment_.Delay(20'000, most), [this] {
    full_ = environment_.chaos();
    journal_.SetFull(full_);
    if (!full_) return;
    environment_.After(environment_.Delay(1000, 60'000), [this] {
      full_ = false;
      journal_.SetFull(false);
      PlanFullDisk();
    });
  });
}

void SimDaemon::LookAtDisk() {
  environment_.After(kLookAtDiskMs, [this] { LookAtDisk(); });
  if (!up_ || (!full_ && state().disk_low.empty())) return;
  Deliver(Observation(DiskSeen{.free_mb = full_ ? 0 : 4096, .low = full_}));
}

}  // namespace flywheel
