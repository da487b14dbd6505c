// HTTP for those who only ask whether the daemon is well: load balancers, service managers, people
// with curl. GET /healthz: it answers. GET /readyz: it takes campaigns, or 503 and why not. Says
// nothing else and changes nothing. Where it may listen is the daemon's business.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace flywheel {

struct ProbeAddress {
  std::string host;  // numeric
  int port = 0;      // 0 takes a free one
};

class ProbeServer {
 public:
  // Why nothing is accepted now, or OK. Asked from the server's thread.
  using Readiness = std::function<Status()>;

  // UNAVAILABLE when the address cannot be bound: in use, most likely.
  static Result<std::unique_ptr<ProbeServer>> Start(const ProbeAddress& address,
                                                    Readiness readiness);
  // Cuts what is open.
  ~ProbeServer();
  ProbeServer(const ProbeServer&) = delete;
  ProbeServer& operator=(const ProbeServer&) = delete;

  // The port that was taken where 0 was asked for.
  int port() const;

 private:
  struct Running;
  explicit ProbeServer(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace flywheel
