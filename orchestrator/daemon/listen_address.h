// Where the daemon listens: a unix socket or a loopback address. Anything that other machines could
// reach is refused until there is TLS and authentication. Opens nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

struct ListenAddress {
  // Absolute path of a unix socket; empty for TCP.
  std::string socket_path;
  // A numeric loopback address, "127.0.0.1" or "::1", and a port; 0 takes a free one.
  std::string host;
  int port = 0;

  bool is_unix() const { return !socket_path.empty(); }
  // As gRPC spells it: "unix:PATH", "127.0.0.1:0" or "[::1]:0".
  std::string ToString() const;
  bool operator==(const ListenAddress&) const = default;
};

// The longest path that fits into a socket address (sun_path without its end).
inline constexpr size_t kMaxSocketPath = 107;

// "unix:PATH", "HOST:PORT" or "[HOST]:PORT". INVALID_ARGUMENT says what is wrong and what is
// allowed.
Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace flywheel
