// One WatchEvents call: passes a subscription on to its client, one write in flight. Reads on the
// reader thread; ends with the subscription. What the client gets and when it is cut off is decided
// by the subscription (engine/event_hub.h).
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>

#include "flywheel/v1/campaign_service.grpc.pb.h"
#include "orchestrator/api/reader_thread.h"
#include "orchestrator/engine/host.h"

namespace flywheel {

class WatchStream : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  // Owns itself until gRPC is done with it.
  static WatchStream* Start(Host& host, ReaderThread& reader,
                            const v1::WatchEventsRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit WatchStream(ReaderThread& reader) : reader_(reader) {}

  void Subscribe(Host& host, WatchRequest request);
  void Subscribed(Result<std::shared_ptr<Subscription>> subscription);
  // Has Pump called on the reader thread, once, however often it is asked for.
  void Schedule();
  void Pump();
  void Queue(const Subscription::Batch& batch);
  void WriteNext();
  void End(const Status& status);
  Status WithResumePoint(const Status& status);

  ReaderThread& reader_;
  std::shared_ptr<WatchStream> self_;
  std::weak_ptr<WatchStream> weak_;
  std::shared_ptr<Subscription> subscription_;  // set before the first Pump

  std::mutex mutex_;
  std::deque<v1::WatchEventsResponse> queue_;  // guarded; the front is being written
  int64_t last_seq_ = 0;                       // guarded: of the last event that was queued
  bool writing_ = false;                       // guarded
  bool scheduled_ = false;                     // guarded
  bool last_queued_ = false;                   // guarded: finish when the queue is empty
  bool finished_ = false;                      // guarded
};

}  // namespace flywheel
