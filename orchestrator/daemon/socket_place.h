// Where exactly the daemon binds: a short socket path in a private folder, the address of the last
// run where it is still free, and whether somebody else listens there already.
#pragma once

#include <string>

#include "base/result.h"
#include "orchestrator/daemon/listen_address.h"

namespace flywheel {

// STATE/daemon.json: how clients and workers find the daemon, and the next daemon its address.
struct DaemonRecord {
  std::string address;  // as gRPC spells it
  int64_t pid = 0;
  std::string start_time;  // RFC 3339
  std::string installation_id;
  std::string version;
};

Status WriteDaemonRecord(const std::string& path, const DaemonRecord& record);
// NOT_FOUND when no daemon ever ran here.
Result<DaemonRecord> ReadDaemonRecord(const std::string& path);

struct SocketPlaceRequest {
  std::string state_dir;  // absolute
  std::string installation_id;
  std::string listen;          // of the configuration; empty: a socket in the state directory
  std::string former_address;  // of the last run; empty: none
};

// The address to bind. A socket whose path would be too long lies in a folder of its own under the
// system's folder for temporary files. Its folder exists then, with mode 0700, unless people chose
// the place themselves. ALREADY_EXISTS: somebody listens there.
Result<ListenAddress> PrepareSocketPlace(const SocketPlaceRequest& request);

}  // namespace flywheel
