#include "orchestrator/daemon/event_log.h"

#include <string>
#include <type_traits>
#include <utility>

#include "base/io/log.h"

namespace flywheel {
namespace {

// The attempt that an event is about, else its campaign.
std::string Subject(const Event& event) {
  return std::visit(
      [&](const auto& kind) {
        if constexpr (requires { kind.attempt; }) {
          return ToString(kind.attempt);
        } else {
          return CampaignIdName(event.campaign);
        }
      },
      event.kind);
}

bool IsTrouble(const Event& event) {
  const auto* ended = std::get_if<CampaignEnded>(&event.kind);
  return std::holds_alternative<AttemptFailed>(event.kind) ||
         (ended != nullptr && ended->phase == CampaignPhase::kFailed);
}

}  // namespace

EventLog::EventLog(Host& host)
    : host_(host), last_seq_(host.snapshot()->last_seq), thread_([this] { Work(); }) {
  Subscribe(last_seq_);
}

void EventLog::Subscribe(int64_t after_seq) {
  WatchRequest request;
  request.after_seq = after_seq;
  request.on_ready = [this] {
    std::lock_guard lock(mutex_);
    news_ = true;
    ready_.notify_one();
  };
  host_.Subscribe(std::move(request), [this](Result<std::shared_ptr<Subscription>> subscription) {
    std::lock_guard lock(mutex_);
    if (subscription.ok()) subscription_ = *std::move(subscription);
    news_ = true;
    ready_.notify_one();
  });
}

EventLog::~EventLog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_one();
  thread_.join();
}

void EventLog::Work() {
  while (true) {
    std::shared_ptr<Subscription> subscription;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return news_ || stopping_; });
      if (!news_) return;
      news_ = false;
      subscription = subscription_;
    }
    while (subscription != nullptr) {
      const Result<Subscription::Batch> batch = subscription->Take();
      if (batch.status().code() == StatusCode::kResourceExhausted) {
        // Cut off: a turn had more events than a reader may have waiting. The journal has them.
        Subscribe(last_seq_);
        break;
      }
      if (!batch.ok() || batch->items.empty()) break;
      for (const WatchItem& item : batch->items) {
        const Event& event = std::get<Event>(item);
        last_seq_ = event.seq;
        Log(IsTrouble(event) ? LogLevel::kWarn : LogLevel::kInfo, Subject(event), event.why);
      }
    }
  }
}

}  // namespace flywheel
