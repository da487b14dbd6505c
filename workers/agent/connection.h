// The worker's line to the daemon: connects, says hello, beats the heart from a thread of its own,
// and connects again, with back-off, whenever the stream breaks. Hands what it hears to the
// mailbox. Decides nothing, and keeps nothing that must arrive: after a reconnection the agent says
// it again.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "flywheel/v1/worker_service.pb.h"
#include "workers/agent/mailbox.h"

namespace flywheel {

class Connection {
 public:
  // `address` is asked before every attempt to connect.
  Connection(std::function<Result<std::string>()> address, Mailbox& mailbox);
  // Ends the stream and the thread.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // What every hello and heartbeat says from now on. Call before Start, and at every change.
  void SetHello(const v1::Hello& hello);
  void Start();

  // Queued for the stream that is there, in order; dropped when there is none, or it is not read
  // (progress earlier than anything else).
  void Send(v1::WorkerMessage message);
  // After what was queued: says that nothing more will come. The daemon then ends the stream.
  void HalfClose();

 private:
  class Stream;

  void Loop();
  void Beat(const std::shared_ptr<Stream>& stream);

  const std::function<Result<std::string>()> address_;
  Mailbox& mailbox_;

  std::mutex mutex_;
  std::condition_variable changed_;
  v1::Hello hello_;                 // guarded
  std::shared_ptr<Stream> stream_;  // guarded; the one that is there
  bool stopping_ = false;           // guarded
  std::thread thread_;
};

}  // namespace flywheel
