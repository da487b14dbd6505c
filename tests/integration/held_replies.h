// Stands between a client and a daemon's unix socket and passes everything on, until it holds back
// what the daemon says: then what the client asks is still done, and the client never hears of it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/io/file_descriptor.h"

namespace flywheel::testing {

class HeldReplies {
 public:
  // `daemon` as in daemon.json ("unix:PATH"); listens at the path `socket`. For one connection.
  HeldReplies(const std::string& daemon, std::string socket);
  ~HeldReplies();
  HeldReplies(const HeldReplies&) = delete;
  HeldReplies& operator=(const HeldReplies&) = delete;

  std::shared_ptr<grpc::Channel> Channel() const;
  void Hold() { holding_ = true; }

 private:
  void Work();

  const std::string daemon_path_;
  const std::string socket_;
  FileDescriptor listener_;
  FileDescriptor end_;  // an eventfd: readable when the thread shall end
  std::atomic<bool> holding_ = false;
  std::thread thread_;
};

}  // namespace flywheel::testing
