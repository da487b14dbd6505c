#include "tests/support/fake_journal.h"

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
    const auto spoiled = spoiled_.find(event.seq);
    if (spoiled == spoiled_.end()) {
      FW_TRY(visit({event.seq, event.campaign, event}));
    } else {
      FW_TRY(visit({event.seq, event.campaign, DataLoss(spoiled->second)}));
    }
  }
  return OkStatus();
}

Result<std::vector<Event>> FakeJournal::Read(const EventQuery& query) {
  std::lock_guard lock(mutex_);
  std::vector<Event> page;
  for (const Event& event : events_) {
    if (event.seq <= query.after_seq || spoiled_.contains(event.seq)) continue;
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
