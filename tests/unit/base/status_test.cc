#include "base/status.h"

#include <catch2/catch.hpp>
#include <memory>

#include "base/result.h"

namespace flywheel {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  FW_ASSIGN(const int half, Half(value));
  return Half(half);
}

TEST_CASE("a failure passes through FW_ASSIGN unchanged and a value comes out") {
  CHECK(*Quarter(12) == 3);
  CHECK(Quarter(6).status() == InvalidArgument("odd"));
}

TEST_CASE("context comes before the message and leaves an ok status alone") {
  CHECK(NotFound("x").WithContext("reading y").ToString() == "NOT_FOUND: reading y: x");
  CHECK(OkStatus().WithContext("reading y").ok());
}

TEST_CASE("a result may hold what can only be moved") {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(made);
  CHECK(*taken == 5);
}

}  // namespace
}  // namespace flywheel
