#include "tests/support/fake_journal.h"

#include <algorithm>
#include <utility>

namespace flywheel {

Status FakeJournal::Append(std::span<const Event> events) {
  std::lock_guard lock(mutex_);
  const Status failure = std::exchange(failure_, OkStatus());
  if (!failure.ok() && written_ == Written::kNo) return failure;
  int64_t seq = static_cast<int64_t>(events_.size());
  for (const Event& event : events) {
    if (event.seq != ++seq) {
      return Internal("event " + std::to_string(event.seq) + ", expected " + std::to_string(seq));
    }
  }
  events_.insert(events_.end(), events.begin(), events.end());
  ++appends_;
  return failure;
}

Status FakeJournal::Replay(const std::function<Status(const JournalEntry&)>& visit) {
  for (const Event& event : events()) {
    if (event.seq <= saved_.last_seq) continue;
    const auto spoiled = spoiled_.find(event.seq);
    if (spoiled == spoiled_.end()) {
      FW_TRY(visit({event.seq, event.campaign, event}));
    } else {
      FW_TRY(visit({event.seq, event.campaign, DataLoss(spoiled->second)}));
    }
  }
  return OkStatus();
}

Result<SavedState> FakeJournal::LoadState() {
  std::lock_guard lock(mutex_);
  SavedState saved{.seq = saved_.last_seq,
                   .last_time_ms = saved_.last_time_ms,
                   .last_campaign = saved_.last_campaign,
                   .last_fencing_token = saved_.last_fencing_token,
                   .campaigns = {}};
  for (const auto& [id, campaign] : saved_.campaigns) saved.campaigns.emplace_back(id, *campaign);
  return saved;
}

Status FakeJournal::Compact(const LoopState& state, TimeMs ended_before) {
  std::lock_guard lock(mutex_);
  saved_ = state;
  for (const Event& event : events_) {
    const CampaignState* campaign = state.Find(event.campaign);
    const bool over = campaign == nullptr || IsFinal(campaign->phase);
    const TimeMs end = campaign == nullptr ? event.time_ms : campaign->end_ms;
    if (!over || event.seq > state.last_seq || end >= ended_before) continue;
    dropped_.insert(event.campaign);
    compacted_seq_ = std::max(compacted_seq_, event.seq);
  }
  return OkStatus();
}

int64_t FakeJournal::compacted_seq() const {
  std::lock_guard lock(mutex_);
  return compacted_seq_;
}

Result<std::vector<Event>> FakeJournal::Read(const EventQuery& query) {
  std::lock_guard lock(mutex_);
  std::vector<Event> page;
  for (const Event& event : events_) {
    if (event.seq <= query.after_seq || spoiled_.contains(event.seq)) continue;
    if (dropped_.contains(event.campaign)) continue;
    if (query.campaign != 0 && event.campaign != query.campaign) continue;
    if (page.size() == static_cast<size_t>(query.limit)) break;
    page.push_back(event);
  }
  return page;
}

int64_t FakeJournal::last_seq() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(events_.size());
}

void FakeJournal::FailNext(Status status, Written written) {
  std::lock_guard lock(mutex_);
  failure_ = std::move(status);
  written_ = written;
}

void FakeJournal::Spoil(int64_t seq, std::string error) {
  std::lock_guard lock(mutex_);
  spoiled_[seq] = std::move(error);
}

std::vector<Event> FakeJournal::events() const {
  std::lock_guard lock(mutex_);
  return events_;
}

}  // namespace flywheel
