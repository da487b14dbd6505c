#include "base/io/faults/fault_points.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace flywheel {
namespace {

FaultRates Parsed(const std::string& text) {
  const Result<FaultRates> rates = ParseFaultRates(text);
  INFO(rates.status().ToString());
  REQUIRE(rates.ok());
  return *rates;
}

std::vector<Fault> Draw(FaultPoints& points, FaultPoint point, int count) {
  std::vector<Fault> faults;
  for (int i = 0; i < count; ++i) faults.push_back(points.Next(point));
  return faults;
}

int64_t Count(const std::vector<Fault>& faults, Fault fault) {
  return std::count(faults.begin(), faults.end(), fault);
}

TEST_CASE("fault rates are read from text, every item of it") {
  const FaultRates rates = Parsed(
      "seed=7,write=0.001,fsync=0.002,rename=0.003,commit=0.004,rpc=0.01,late=0.5,kill_at=rename:3,"
      "kill_after=commit:2,fail_at=fsync:1,late_at=rpc:9,only=flywheeld");
  CHECK(rates.seed == 7);
  CHECK(rates.rates == std::array{0.001, 0.002, 0.003, 0.004, 0.01});
  CHECK(rates.late == 0.5);
  CHECK(rates.kill_at.point == FaultPoint::kRename);
  CHECK(rates.kill_at.number == 3);
  CHECK(rates.kill_after.point == FaultPoint::kCommit);
  CHECK(rates.fail_at.point == FaultPoint::kSync);
  CHECK(rates.late_at.point == FaultPoint::kCall);
  CHECK(rates.late_at.number == 9);
  CHECK(rates.only == "flywheeld");
  CHECK(Parsed("").rates == std::array<double, kFaultPoints>{});
}

TEST_CASE("a wrong item of the fault rates is named, with what was expected") {
  for (const char* wrong : {"write", "write=", "write=2", "write=-0.1", "write=nan", "write=0.1x",
                            "seed=x", "kill_at=rename", "kill_at=rename:0", "kill_at=disk:1",
                            "late_at=:1", "only=", "disk=0.1", "=", ",", "late=1.5"}) {
    const Result<FaultRates> rates = ParseFaultRates(std::string("seed=1,") + wrong);
    INFO(wrong);
    REQUIRE(rates.status().code() == StatusCode::kInvalidArgument);
    CHECK(rates.status().message().find("expected") != std::string::npos);
    CHECK(rates.status().message().find(std::string(wrong) == "," ? "''" : wrong) !=
          std::string::npos);
  }
}

TEST_CASE("faults come at their rate, a share of them late, each kind by itself") {
  FaultPoints points(Parsed("seed=3,write=0.05,late=0.25"));
  const auto writes = Draw(points, FaultPoint::kWrite, 20'000);
  const int64_t late = Count(writes, Fault::kFailLate);
  const int64_t all = late + Count(writes, Fault::kFail);
  CHECK(all > 850);  // 1,000 with a deviation of 31
  CHECK(all < 1150);
  CHECK(late > all / 5);  // a quarter with a deviation of 14
  CHECK(late < 3 * all / 10);
  CHECK(Count(Draw(points, FaultPoint::kSync, 1000), Fault::kNone) == 1000);
}

TEST_CASE("the same seed gives the same faults, whatever happens at other points in between") {
  FaultPoints one(Parsed("seed=3,write=0.1,fsync=0.1,late=0.5"));
  FaultPoints two(Parsed("seed=3,write=0.1,fsync=0.1,late=0.5"));
  FaultPoints other(Parsed("seed=4,write=0.1,fsync=0.1,late=0.5"));
  const auto expected = Draw(one, FaultPoint::kWrite, 500);
  (void)Draw(two, FaultPoint::kSync, 77);
  CHECK(Draw(two, FaultPoint::kWrite, 500) == expected);
  CHECK(Draw(other, FaultPoint::kWrite, 500) != expected);
  CHECK(Draw(one, FaultPoint::kSync, 500) != expected);
}

TEST_CASE("a counted fault comes once, at its number and at its kind of point") {
  FaultPoints points(Parsed("fail_at=write:2,late_at=write:3,kill_at=write:4,kill_after=rename:1"));
  CHECK(Draw(points, FaultPoint::kWrite, 6) == std::vector{Fault::kNone, Fault::kFail,
                                                           Fault::kFailLate, Fault::kKill,
                                                           Fault::kNone, Fault::kNone});
  CHECK(Draw(points, FaultPoint::kSync, 4) == std::vector(4, Fault::kNone));
  CHECK(Draw(points, FaultPoint::kRename, 2) == std::vector{Fault::kKillLate, Fault::kNone});
}

}  // namespace
}  // namespace flywheel
