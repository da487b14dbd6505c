#include "orchestrator/daemon/socket_place.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

constexpr char kSocketName[] = "flywheel.sock";
constexpr mode_t kPrivate = 0700;

class Socket {
 public:
  explicit Socket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

Status InUse(const ListenAddress& address) {
  return AlreadyExists(
      fmt::format("listen {}: another process listens there; stop it, or choose another --listen",
                  address.ToString()));
}

// A folder of ours that nobody else can look into; refuses one that somebody else prepared.
Status MakePrivateFolder(const std::string& path) {
  if (::mkdir(path.c_str(), kPrivate) == 0) return OkStatus();
  if (errno != EEXIST) return ErrnoStatus(errno, "create folder", path);
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "look at", path);
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 077) != 0) {
    return PermissionDenied(fmt::format(
        "socket folder {}: expected a folder of mode 0700 that belongs to this user", path));
  }
  return OkStatus();
}

Result<std::string> DefaultSocketPath(const SocketPlaceRequest& request) {
  const std::string near = request.state_dir + "/run";
  if (near.size() + 1 + sizeof kSocketName - 1 <= kMaxSocketPath) {
    FW_TRY(MakePrivateFolder(near));
    return near + "/" + kSocketName;
  }
  const std::string folder =
      fmt::format("/tmp/flywheel-{}-{}", ::geteuid(), request.installation_id);
  FW_TRY(MakePrivateFolder(folder));
  return folder + "/" + kSocketName;
}

// gRPC removes whatever socket is at the path, also one that is in use: look first.
Status CheckUnix(const ListenAddress& address) {
  const std::string& path = address.socket_path;
  if (path.size() > kMaxSocketPath) {
    return InvalidArgument(fmt::format("listen {}: {} bytes: expected a path of at most {}",
                                       address.ToString(), path.size(), kMaxSocketPath));
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return ErrnoStatus(errno, "make a socket in", folder);
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return OkStatus();
  if (!S_ISSOCK(info.st_mode)) {
    return AlreadyExists(
        fmt::format("listen {}: something that is no socket is there", address.ToString()));
  }
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const Socket probe(AF_UNIX);
  if (::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    return InUse(address);
  }
  if (errno == ECONNREFUSED) return OkStatus();  // left behind
  return ErrnoStatus(errno, "look for a listener at", path);
}

// Binds and lets go, for the sake of an error with a reason.
Status CheckTcp(const ListenAddress& address) {
  sockaddr_storage name{};
  socklen_t size = 0;
  if (address.host.find(':') == std::string::npos) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&name);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(address.port));
    ::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr);
    size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&name);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(address.port));
    ::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr);
    size = sizeof *v6;
  }
  const Socket probe(name.ss_family);
  const int reuse = 1;  // as gRPC does: a port that only waits out its last connection is free
  ::setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  if (::bind(probe.fd(), reinterpret_cast<const sockaddr*>(&name), size) == 0) return OkStatus();
  if (errno == EADDRINUSE) return InUse(address);
  return ErrnoStatus(errno, "listen on", address.ToString());
}

Status Check(const ListenAddress& address) {
  return address.is_unix() ? CheckUnix(address) : CheckTcp(address);
}

// Port 0 means any, and best the one that workers and clients know already.
ListenAddress WithFormerPort(const ListenAddress& asked, const std::string& former_text) {
  const Result<ListenAddress> former = ParseListenAddress(former_text);
  if (!former.ok() || former->host != asked.host || !CheckTcp(*former).ok()) return asked;
  return *former;
}

}  // namespace

Status WriteDaemonRecord(const std::string& path, const DaemonRecord& record) {
  const nlohmann::json value = {{"address", record.address},
                                {"pid", record.pid},
                                {"start_time", record.start_time},
                                {"installation_id", record.installation_id},
                                {"version", record.version}};
  return WriteFileAtomic(path, value.dump(2) + "\n");
}

Result<DaemonRecord> ReadDaemonRecord(const std::string& path) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  DaemonRecord record;
  JsonObjectReader reader(value, path);
  reader.Required("address", &record.address);
  reader.Required("pid", &record.pid);
  reader.Optional("start_time", &record.start_time);
  reader.Optional("installation_id", &record.installation_id);
  reader.Optional("version", &record.version);
  FW_TRY(reader.FinishAllowingUnknown());
  return record;
}

Result<ListenAddress> PrepareSocketPlace(const SocketPlaceRequest& request) {
  ListenAddress address;
  if (request.listen.empty()) {
    FW_ASSIGN(address.socket_path, DefaultSocketPath(request));
  } else {
    FW_ASSIGN(address, ParseListenAddress(request.listen));
  }
  if (!address.is_unix() && address.port == 0) {
    address = WithFormerPort(address, request.former_address);
  }
  FW_TRY(Check(address));
  return address;
}

}  // namespace flywheel
