#include "orchestrator/daemon/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <optional>

namespace flywheel {
namespace {

constexpr int kMaxPort = 65535;
constexpr std::string_view kUnixPrefix = "unix:";

Status Malformed(std::string_view text, std::string_view problem) {
  return InvalidArgument(fmt::format(
      "listen '{}': {}; expected unix:PATH, or HOST:PORT with a loopback host such as 127.0.0.1:0",
      text, problem));
}

// The numeric form of a loopback host, or nothing.
std::optional<std::string> NumericLoopback(std::string_view host) {
  if (host == "localhost") return "127.0.0.1";
  const std::string text(host);
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    if ((ntohl(v4.s_addr) >> 24) != 127) return std::nullopt;
    return text;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) return "::1";
  return std::nullopt;
}

Result<ListenAddress> ParseUnix(std::string_view text) {
  std::string_view path = text.substr(kUnixPrefix.size());
  // unix:///path is the URI spelling of the same.
  if (path.starts_with("///")) path.remove_prefix(2);
  if (path.empty()) return Malformed(text, "no path");
  std::error_code error;
  const auto absolute = std::filesystem::absolute(std::filesystem::path(path), error);
  if (error) return Malformed(text, error.message());
  ListenAddress address;
  address.socket_path = absolute.lexically_normal().string();
  return address;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (is_unix()) return fmt::format("unix:{}", socket_path);
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return ParseUnix(text);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Malformed(text, "no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Malformed(text, "an IPv6 host needs brackets");
  }
  ListenAddress address;
  const char* end = port.data() + port.size();
  const auto [next, error] = std::from_chars(port.data(), end, address.port);
  if (error != std::errc() || next != end || address.port < 0 || address.port > kMaxPort) {
    return Malformed(text, fmt::format("port '{}' is not a number from 0 to {}", port, kMaxPort));
  }
  const std::optional<std::string> loopback = NumericLoopback(host);
  if (!loopback) {
    return InvalidArgument(fmt::format(
        "listen '{}': '{}' is not a loopback address; until there is TLS and authentication the "
        "daemon listens on unix:PATH, 127.0.0.1:PORT or [::1]:PORT only",
        text, host));
  }
  address.host = *loopback;
  return address;
}

}  // namespace flywheel
