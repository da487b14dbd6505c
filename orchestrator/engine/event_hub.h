// EventHub: everybody who watches. A subscription gets every event after its `after_seq` once, in
// journal order and without gaps: first from the journal, then live. Its queue is bounded; a reader
// that falls behind is cut off and goes on with the last seq it saw. Progress is mixed in where
// asked for and thinned out freely.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/loop_state.h"
#include "orchestrator/ports/journal.h"

namespace flywheel {

// How far a running attempt is. Has no seq.
struct ProgressNote {
  AttemptId attempt;
  std::string worker;
  TaskProgress progress;
  TimeMs start_ms = 0;
};

using WatchItem = std::variant<Event, ProgressNote>;

enum class ProgressWish { kWithout, kWith };

struct WatchRequest {
  int64_t campaign = 0;  // 0: all
  int64_t after_seq = 0;
  ProgressWish progress = ProgressWish::kWithout;
  // Called from the loop's thread when there may be something to take. Must not block and must not
  // call the subscription.
  std::function<void()> on_ready;
};

inline constexpr size_t kWatchQueueLimit = 4096;
inline constexpr int32_t kWatchPageSize = 256;

class Subscription {
 public:
  struct Batch {
    std::vector<WatchItem> items;
    // Nothing will ever follow: the campaign has ended and everything was taken.
    bool end = false;
  };

  // What is there now, in order, at most a page; empty when there is nothing yet. May read the
  // journal: not for the loop's thread, and for one thread at a time. RESOURCE_EXHAUSTED: cut off
  // for reading too slowly. OUT_OF_RANGE: events that it was to get have been compacted.
  // UNAVAILABLE: the daemon is stopping.
  Result<Batch> Take();

 private:
  friend class EventHub;
  Subscription(WatchRequest request, Journal* journal, const LoopState& state);
  void Push(const WatchItem& item);
  void Close(Status status);
  Result<Batch> TakeHistory();
  Status CheckNotCompacted(int64_t after_seq) const;
  bool Wants(const WatchItem& item) const;

  const WatchRequest request_;
  Journal* const journal_;
  // Events up to this seq come from the journal, later ones through the queue.
  const int64_t live_from_;
  // The campaign had ended before: nothing comes live.
  const bool ended_before_;
  // The campaign's last event when the subscription was made.
  const int64_t last_of_campaign_;
  int64_t cursor_;  // reader's side
  std::mutex mutex_;
  std::deque<WatchItem> queue_;  // guarded
  Status closed_;                // guarded
};

class EventHub {
 public:
  explicit EventHub(Journal* journal) : journal_(journal) {}

  // All on the loop's thread.
  // NOT_FOUND: no such campaign. OUT_OF_RANGE: after_seq lies beyond the journal's end, or events
  // after it have been compacted.
  Result<std::shared_ptr<Subscription>> Subscribe(WatchRequest request, const LoopState& state);
  void Publish(std::span<const Event> events);
  void Publish(const ProgressNote& note);
  // Ends every subscription with UNAVAILABLE.
  void Close();

 private:
  template <typename Visit>
  void ForEach(Visit visit);

  Journal* journal_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;
};

}  // namespace flywheel
