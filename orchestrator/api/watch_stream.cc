#include "orchestrator/api/watch_stream.h"

#include <fmt/format.h>

#include <utility>

#include "orchestrator/api/rpc_status.h"
#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

Result<WatchRequest> ReadRequest(const v1::WatchEventsRequest& message) {
  WatchRequest request;
  if (!message.name().empty()) {
    FW_ASSIGN(request.campaign, ParseCampaignResourceName(message.name()));
  }
  if (message.after_seq() < 0) {
    return InvalidArgument(fmt::format("after_seq: {}: expected at least 0", message.after_seq()));
  }
  request.after_seq = message.after_seq();
  request.progress = message.with_progress() ? ProgressWish::kWith : ProgressWish::kWithout;
  return request;
}

Result<v1::WatchEventsResponse> ToResponse(const WatchItem& item) {
  v1::WatchEventsResponse response;
  if (const auto* event = std::get_if<Event>(&item)) {
    FW_ASSIGN(*response.mutable_event(), ToProto(*event));
    return response;
  }
  const ProgressNote& note = std::get<ProgressNote>(item);
  v1::RunningAttempt& running = *response.mutable_progress();
  running.set_attempt(ToString(note.attempt));
  running.set_worker(note.worker);
  *running.mutable_progress() = ToProto(note.progress);
  *running.mutable_start_time() = ToTimestamp(note.start_ms);
  return response;
}

}  // namespace

WatchStream* WatchStream::Start(Host& host, ReaderThread& reader,
                                const v1::WatchEventsRequest& request) {
  std::shared_ptr<WatchStream> stream(new WatchStream(reader));
  stream->self_ = stream;
  stream->weak_ = stream;
  Result<WatchRequest> wish = ReadRequest(request);
  if (wish.ok()) {
    stream->Subscribe(host, *std::move(wish));
  } else {
    stream->End(wish.status());
  }
  return stream.get();
}

void WatchStream::Subscribe(Host& host, WatchRequest request) {
  last_seq_ = request.after_seq;  // nobody else knows the stream yet
  // The hub and the host may call after gRPC is done with the stream.
  request.on_ready = [weak = weak_] {
    if (const auto stream = weak.lock()) stream->Schedule();
  };
  host.Subscribe(std::move(request),
                 [weak = weak_](Result<std::shared_ptr<Subscription>> subscription) {
                   if (const auto stream = weak.lock()) stream->Subscribed(std::move(subscription));
                 });
}

void WatchStream::Subscribed(Result<std::shared_ptr<Subscription>> subscription) {
  if (!subscription.ok()) return End(subscription.status());
  {
    std::lock_guard lock(mutex_);
    subscription_ = *std::move(subscription);
  }
  Schedule();
}

void WatchStream::Schedule() {
  {
    std::lock_guard lock(mutex_);
    // Before Subscribed there is nothing to take; it schedules itself.
    if (finished_ || scheduled_ || subscription_ == nullptr) return;
    scheduled_ = true;
  }
  const bool posted = reader_.Post([weak = weak_] {
    if (const auto stream = weak.lock()) stream->Pump();
  });
  if (!posted) End(Unavailable("the daemon is stopping; go on after the last seq"));
}

void WatchStream::Pump() {
  {
    std::lock_guard lock(mutex_);
    scheduled_ = false;
    // While a write is on its way nothing is taken: the subscription's bounded queue is what a slow
    // reader fills, not memory here.
    if (finished_ || writing_) return;
  }
  Result<Subscription::Batch> batch = subscription_->Take();
  if (!batch.ok()) return End(WithResumePoint(batch.status()));
  Queue(*batch);
  WriteNext();
}

void WatchStream::Queue(const Subscription::Batch& batch) {
  std::lock_guard lock(mutex_);
  for (const WatchItem& item : batch.items) {
    Result<v1::WatchEventsResponse> response = ToResponse(item);
    // An event that was read from the journal or written to it can be written again.
    FW_CHECK(response.ok(), response.status().message().c_str());
    if (response->has_event()) last_seq_ = response->event().seq();
    queue_.push_back(*std::move(response));
  }
  last_queued_ = last_queued_ || batch.end;
}

void WatchStream::WriteNext() {
  bool end = false;
  {
    std::lock_guard lock(mutex_);
    if (finished_ || writing_) return;
    if (queue_.empty()) {
      end = last_queued_;
    } else {
      writing_ = true;
      StartWrite(&queue_.front());
    }
  }
  if (end) End(OkStatus());
}

// Who is cut off is told where to go on: the queue is empty here, so all of it was written.
Status WatchStream::WithResumePoint(const Status& status) {
  std::lock_guard lock(mutex_);
  return Status(status.code(), fmt::format("{}, {}", status.message(), last_seq_));
}

void WatchStream::OnWriteDone(bool ok) {
  if (!ok) return End(CancelledError("the client is gone"));
  bool drained = false;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    queue_.pop_front();
    drained = queue_.empty() && !last_queued_;
  }
  if (drained) {
    Schedule();
  } else {
    WriteNext();
  }
}

void WatchStream::OnCancel() { End(CancelledError("cancelled by the client")); }

void WatchStream::End(const Status& status) {
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
  }
  Finish(ToGrpc(status));
}

void WatchStream::OnDone() {
  // Callers that hold the stream for a moment may outlive this.
  const std::shared_ptr<WatchStream> self = std::move(self_);
}

}  // namespace flywheel
