#include "tests/golden/core/core_script.h"

#include <catch2/catch.hpp>

#include "tests/support/golden_script.h"

namespace flywheel {
namespace {

void Check(const std::string& name) {
  CoreScript script;
  RunGoldenScript("tests/golden/core/" + name + ".txt",
                  [&](const std::string& line) { return script.Run(line); });
}

TEST_CASE("golden: a campaign is created once a request and refused when it is wrong") {
  Check("create");
}
TEST_CASE("golden: two iterations run from prepare to the closing evaluation") {
  Check("two_iterations");
}
TEST_CASE("golden: after a reject training goes on from the champion") { Check("reject"); }
TEST_CASE("golden: a permanent failure ends the campaign and stops what runs beside it") {
  Check("failure");
}
TEST_CASE("golden: a failed attempt is tried again with back-off until its bound") {
  Check("retry");
}
TEST_CASE("golden: a paused campaign starts nothing and goes on when resumed") {
  Check("pause_resume");
}
TEST_CASE(
    "golden: a campaign that is paused at once stops what runs and starts it again on resume") {
  Check("pause_now");
}
TEST_CASE("golden: a task whose artifact is damaged runs again before anything else") {
  Check("rerun");
}
TEST_CASE("golden: a cancelled campaign ends CANCELLED, whatever its attempts still do") {
  Check("cancel");
}
TEST_CASE("golden: two campaigns share the workers by priority and by what they got") {
  Check("fairness");
}
TEST_CASE("golden: results of lost attempts are refused") { Check("stale_results"); }
TEST_CASE("golden: a restart adopts what runs and loses what does not come back") {
  Check("restart");
}
TEST_CASE("golden: an ended campaign is deleted and its names are free") { Check("delete"); }
TEST_CASE("golden: with little room on the disk nothing begins until there is more") {
  Check("disk");
}
TEST_CASE("golden: rules stop a campaign early and the paper's way trains from the base") {
  Check("stopping");
}

}  // namespace
}  // namespace flywheel
