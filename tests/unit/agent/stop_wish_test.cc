#include "workers/agent/stop_wish.h"

#include <poll.h>

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

bool IsReadable(int fd) {
  pollfd ready = {fd, POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

TEST_CASE("the first wish counts and the descriptor stays readable") {
  StopWish stop;
  CHECK_FALSE(stop.wish());
  CHECK_FALSE(IsReadable(stop.fd()));
  stop.Make({.reason = "cancelled", .cancelled = true});
  stop.Make({.reason = "cut off", .cancelled = false});
  REQUIRE(stop.wish());
  CHECK(stop.wish()->reason == "cancelled");
  CHECK(stop.wish()->cancelled);
  CHECK(IsReadable(stop.fd()));
  CHECK(IsReadable(stop.fd()));
}

}  // namespace
}  // namespace flywheel
