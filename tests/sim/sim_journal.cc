#include "tests/sim/sim_journal.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace flywheel {
namespace {

constexpr char kPath[] = "journal.db";
constexpr int64_t kNoCut = std::numeric_limits<int64_t>::max() / 2;
// An append of a few events is about this many writes and syncs.
constexpr uint64_t kOperationsAnAppend = 16;

}  // namespace

SimJournal::SimJournal(Storage storage, uint64_t seed) : rng_(DeriveSeed(seed, "disk")) {
  if (storage == Storage::kSqlite) disk_ = std::make_unique<PowerCutDisk>();
}

Status SimJournal::Open() {
  armed_ = Death::kNone;
  if (disk_) {
    FW_ASSIGN(sqlite_, SqliteJournal::Open(kPath));
  }
  std::vector<Event> there;
  FW_TRY(now().Replay([&](const JournalEntry& entry) {
    if (!entry.event.ok()) return entry.event.status();
    there.push_back(*entry.event);
    return OkStatus();
  }));
  FW_TRY(Compare(there));
  acknowledged_ = std::move(there);
  doubtful_.clear();
  return OkStatus();
}

Status SimJournal::Compare(const std::vector<Event>& there) const {
  if (there.size() < acknowledged_.size()) {
    return DataLoss(fmt::format("{} events are there after the crash, {} were acknowledged",
                                there.size(), acknowledged_.size()));
  }
  for (size_t i = 0; i < there.size(); ++i) {
    const size_t extra = i - acknowledged_.size();
    const bool known = i < acknowledged_.size();
    if (!known && extra >= doubtful_.size()) return DataLoss("more is there than was written");
    if (there[i] != (known ? acknowledged_[i] : doubtful_[extra])) {
      return DataLoss(fmt::format("event {} changed in the crash", i + 1));
    }
  }
  const size_t extra = there.size() - acknowledged_.size();
  if (extra == 0 || extra == doubtful_.size()) return OkStatus();
  return DataLoss(fmt::format("{} of a batch of {} events are there", extra, doubtful_.size()));
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
  return now().Replay(visit);
}
Result<std::vector<Event>> SimJournal::Read(const EventQuery& query) { return now().Read(query); }
int64_t SimJournal::last_seq() const { return now().last_seq(); }

}  // namespace flywheel
