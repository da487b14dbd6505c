#include "orchestrator/daemon/listen_address.h"

#include <catch2/catch.hpp>

namespace flywheel {

TEST_CASE("unix sockets and loopback addresses are accepted, in the form that gRPC knows") {
  const auto text = [](const char* asked) {
    const auto address = ParseListenAddress(asked);
    INFO(address.status().ToString());
    REQUIRE(address.ok());
    return address->ToString();
  };
  CHECK(text("127.0.0.1:0") == "127.0.0.1:0");
  CHECK(text("127.1.2.3:65535") == "127.1.2.3:65535");
  CHECK(text("localhost:80") == "127.0.0.1:80");
  CHECK(text("[::1]:80") == "[::1]:80");
  CHECK(text("unix:/tmp/a/../b.sock") == "unix:/tmp/b.sock");
  CHECK(text("unix:///tmp/b.sock") == "unix:/tmp/b.sock");
  CHECK(ParseListenAddress("unix:relative.sock")->socket_path[0] == '/');
}

TEST_CASE("what other machines could reach is refused and said so") {
  for (const char* asked : {"0.0.0.0:80", "10.0.0.1:80", "128.0.0.1:80", "[::]:80", "[fe80::1]:80",
                            "example.org:80", "localhost.example.org:80", ":80", "*:80",
                            "[::ffff:127.0.0.1]:80", "127.1:80", "2130706433:80"}) {
    const auto address = ParseListenAddress(asked);
    INFO(asked);
    REQUIRE(address.status().code() == StatusCode::kInvalidArgument);
    CHECK(address.status().message().find("until there is TLS and authentication") !=
          std::string::npos);
  }
}

TEST_CASE("what is no address is refused with the forms that are") {
  for (const char* asked : {"", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                            "127.0.0.1:-1", "::1:80", "unix:"}) {
    const auto address = ParseListenAddress(asked);
    INFO(asked);
    REQUIRE(address.status().code() == StatusCode::kInvalidArgument);
    CHECK(address.status().message().find("expected unix:PATH, or HOST:PORT") != std::string::npos);
  }
}

}  // namespace flywheel
