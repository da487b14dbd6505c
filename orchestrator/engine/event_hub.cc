#include "orchestrator/engine/event_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace flywheel {

Subscription::Subscription(WatchRequest request, Journal* journal, const LoopState& state)
    : request_(std::move(request)),
      journal_(journal),
      live_from_(state.last_seq),
      ended_before_(request_.campaign != 0 && IsFinal(state.Find(request_.campaign)->phase)),
      last_of_campaign_(request_.campaign == 0 ? 0 : state.Find(request_.campaign)->last_seq),
      cursor_(request_.after_seq) {}

bool Subscription::Wants(const WatchItem& item) const {
  if (const auto* event = std::get_if<Event>(&item)) {
    return request_.campaign == 0 || event->campaign == request_.campaign;
  }
  const AttemptId& attempt = std::get<ProgressNote>(item).attempt;
  return request_.progress == ProgressWish::kWith &&
         (request_.campaign == 0 || attempt.task.campaign == request_.campaign);
}

void Subscription::Push(const WatchItem& item) {
  if (!Wants(item)) return;
  {
    std::lock_guard lock(mutex_);
    if (!closed_.ok()) return;
    if (queue_.size() >= kWatchQueueLimit) {
      if (std::holds_alternative<ProgressNote>(item)) return;
      queue_.clear();
      closed_ = ResourceExhausted(fmt::format(
          "{} events wait for this reader, which is the limit: go on after the last seq",
          kWatchQueueLimit));
    } else {
      queue_.push_back(item);
    }
  }
  if (request_.on_ready) request_.on_ready();
}

void Subscription::Close(Status status) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_.ok()) return;
    closed_ = std::move(status);
  }
  if (request_.on_ready) request_.on_ready();
}

// Of a campaign the last event goes first: while it is there, so are those before it.
Status Subscription::CheckNotCompacted(int64_t after_seq) const {
  const int64_t compacted = journal_->compacted_seq();
  if (after_seq >= compacted) return OkStatus();
  if (request_.campaign == 0) {
    return OutOfRange(
        fmt::format("after_seq: {}, events up to {} have been compacted: list the "
                    "campaigns, then watch from the list's last_seq",
                    after_seq, compacted));
  }
  if (after_seq >= last_of_campaign_) return OkStatus();
  FW_ASSIGN(const std::vector<Event> last,
            journal_->Read(
                {.after_seq = last_of_campaign_ - 1, .campaign = request_.campaign, .limit = 1}));
  if (!last.empty()) return OkStatus();
  return OutOfRange(
      fmt::format("after_seq: {}, the events of {} have been compacted: what it is "
                  "and its report are still there",
                  after_seq, CampaignResourceName(request_.campaign)));
}

Result<Subscription::Batch> Subscription::TakeHistory() {
  Batch batch;
  const int64_t after_seq = cursor_;
  FW_ASSIGN(std::vector<Event> page,
            journal_->Read(
                {.after_seq = cursor_, .campaign = request_.campaign, .limit = kWatchPageSize}));
  // Afterwards: what was dropped while the page was read is noticed too.
  FW_TRY(CheckNotCompacted(after_seq));
  const bool last = page.size() < static_cast<size_t>(kWatchPageSize);
  for (Event& event : page) {
    // What came after the subscription is in the queue already.
    if (event.seq > live_from_) break;
    cursor_ = event.seq;
    batch.items.emplace_back(std::move(event));
  }
  if (last || batch.items.size() < page.size()) cursor_ = live_from_;
  return batch;
}

Result<Subscription::Batch> Subscription::Take() {
  Batch batch;
  while (cursor_ < live_from_ && batch.items.empty()) {
    FW_ASSIGN(batch, TakeHistory());
  }
  if (batch.items.empty()) {
    std::lock_guard lock(mutex_);
    while (!queue_.empty() && batch.items.size() < static_cast<size_t>(kWatchPageSize)) {
      batch.items.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    if (batch.items.empty() && !closed_.ok()) return closed_;
  }
  const bool caught_up = cursor_ >= live_from_;
  batch.end = ended_before_ && caught_up;
  if (request_.campaign == 0) return batch;
  for (const WatchItem& item : batch.items) {
    const auto* event = std::get_if<Event>(&item);
    if (event != nullptr && std::holds_alternative<CampaignEnded>(event->kind)) batch.end = true;
  }
  return batch;
}

Result<std::shared_ptr<Subscription>> EventHub::Subscribe(WatchRequest request,
                                                          const LoopState& state) {
  const CampaignState* campaign = state.Find(request.campaign);
  if (request.campaign != 0 && campaign == nullptr) {
    return NotFound(
        fmt::format("{}: there is no such campaign", CampaignResourceName(request.campaign)));
  }
  if (request.after_seq < 0) {
    return InvalidArgument(fmt::format("after_seq: {}, expected 0 or more", request.after_seq));
  }
  if (request.after_seq > state.last_seq) {
    return OutOfRange(
        fmt::format("after_seq: {}, the journal ends at {}", request.after_seq, state.last_seq));
  }
  std::shared_ptr<Subscription> subscription(new Subscription(std::move(request), journal_, state));
  subscriptions_.push_back(subscription);
  return subscription;
}

template <typename Visit>
void EventHub::ForEach(Visit visit) {
  std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
  for (const std::weak_ptr<Subscription>& weak : subscriptions_) {
    if (const std::shared_ptr<Subscription> subscription = weak.lock()) visit(*subscription);
  }
}

void EventHub::Publish(std::span<const Event> events) {
  ForEach([&](Subscription& subscription) {
    for (const Event& event : events) subscription.Push(event);
  });
}

void EventHub::Publish(const ProgressNote& note) {
  ForEach([&](Subscription& subscription) { subscription.Push(note); });
}

void EventHub::Close() {
  ForEach([](Subscription& subscription) {
    subscription.Close(Unavailable("the daemon is stopping: go on after the last seq"));
  });
  subscriptions_.clear();
}

}  // namespace flywheel
