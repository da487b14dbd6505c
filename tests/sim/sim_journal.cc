#include "tests/sim/sim_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace flywheel {
namespace {

constexpr char kPath[] = "journal.db";
constexpr int64_t kNoCut = std::numeric_limits<int64_t>::max() / 2;
constexpr int32_t kAll = std::numeric_limits<int32_t>::max();
// An append of a few events is about this many writes and syncs.
constexpr uint64_t kOperationsAnAppend = 16;
constexpr uint64_t kOperationsACompaction = 64;

}  // namespace

SimJournal::SimJournal(Storage storage, uint64_t seed) : rng_(DeriveSeed(seed, "disk")) {
  if (storage == Storage::kSqlite) disk_ = std::make_unique<PowerCutDisk>();
}

Status SimJournal::Open() {
  armed_ = Death::kNone;
  if (disk_) {
    FW_ASSIGN(sqlite_, SqliteJournal::Open(kPath));
    FW_TRY(CheckAcknowledged());
  }
  // Memory keeps what was acknowledged. What came after it may be there too, whole.
  const auto known = static_cast<int64_t>(acknowledged_.size());
  FW_ASSIGN(const std::vector<Event> more, now().Read({.after_seq = known, .limit = kAll}));
  if (!more.empty() && more != doubtful_) {
    return DataLoss(
        fmt::format("{} events are there after the {} that were acknowledged, "
                    "expected none or a batch of {}",
                    more.size(), known, doubtful_.size()));
  }
  acknowledged_.insert(acknowledged_.end(), more.begin(), more.end());
  doubtful_.clear();
  return OkStatus();
}

Status SimJournal::CheckAcknowledged() const {
  FW_ASSIGN(const std::vector<Event> there, sqlite_->Read({.after_seq = 0, .limit = kAll}));
  for (size_t i = 0; i < std::min(there.size(), acknowledged_.size()); ++i) {
    if (there[i] == acknowledged_[i]) continue;
    return DataLoss(fmt::format("event {} changed in the crash", acknowledged_[i].seq));
  }
  if (there.size() >= acknowledged_.size()) return OkStatus();
  return DataLoss(fmt::format("{} events are there after the crash, {} were acknowledged",
                              there.size(), acknowledged_.size()));
}

void SimJournal::Crash() {
  armed_ = Death::kNone;
  if (!disk_) return;
  if (!disk_->cut()) disk_->CutAfter(0);
  sqlite_.reset();
  const auto keeps = static_cast<DiskImage::Keeps>(rng_.Below(4));
  disk_->Load(disk_->image().After(keeps, rng_));
}

void SimJournal::Arm(Death death) { armed_ = death; }

void SimJournal::SetFull(bool full) {
  full_ = full;
  if (disk_) disk_->SetFull(full);
}

Status SimJournal::Append(std::span<const Event> events) {
  if (on_append) on_append();
  if (full_ && !disk_) return ResourceExhausted("the fake disk is full");
  const Status status = AppendTo(events, std::exchange(armed_, Death::kNone));
  if (status.ok()) {
    acknowledged_.insert(acknowledged_.end(), events.begin(), events.end());
  } else if (status.code() != StatusCode::kResourceExhausted) {
    doubtful_.assign(events.begin(), events.end());
  }
  return status;
}

Status SimJournal::AppendTo(std::span<const Event> events, Death death) {
  if (death == Death::kTorn) {
    if (!disk_) return Internal("torn");
    disk_->CutAfter(static_cast<int64_t>(rng_.Below(kOperationsAnAppend)));
  }
  const Status status = now().Append(events);
  if (disk_ && !disk_->cut()) disk_->CutAfter(kNoCut);
  if (status.ok() && death == Death::kAnswerLost) return DeadlineExceeded("late");
  return status;
}

Status SimJournal::Replay(const std::function<Status(const JournalEntry&)>& visit) {
  if (disk_) return sqlite_->Replay(visit);
  FW_ASSIGN(const SavedState saved, memory_.LoadState());
  for (const Event& event : acknowledged_) {
    if (event.seq > saved.seq) FW_TRY(visit({event.seq, event.campaign, event}));
  }
  return OkStatus();
}

Status SimJournal::Compact(const LoopState& state, TimeMs ended_before) {
  if (full_) return ResourceExhausted("the fake disk is full");
  if (std::exchange(armed_, Death::kNone) == Death::kTorn) {
    if (!disk_) return Internal("torn");
    disk_->CutAfter(static_cast<int64_t>(rng_.Below(kOperationsACompaction)));
  }
  const Status status = now().Compact(state, ended_before);
  if (disk_ && !disk_->cut()) disk_->CutAfter(kNoCut);
  return status;
}

Result<std::vector<Event>> SimJournal::Read(const EventQuery& query) { return now().Read(query); }
int64_t SimJournal::last_seq() const { return now().last_seq(); }

}  // namespace flywheel
