// The daemon's log of what it decided: a line for every event as it happens, in the event's own
// words. Reads what everybody may watch; decides nothing.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "orchestrator/engine/host.h"

namespace flywheel {

class EventLog {
 public:
  // Logs every event after the snapshot's last one. `host` must have started.
  explicit EventLog(Host& host);
  // After the host has stopped.
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

 private:
  void Subscribe(int64_t after_seq);
  void Work();

  Host& host_;
  int64_t last_seq_;  // logged; the thread's

  std::mutex mutex_;
  std::condition_variable ready_;
  bool news_ = false;
  bool stopping_ = false;
  std::shared_ptr<Subscription> subscription_;
  std::thread thread_;
};

}  // namespace flywheel
