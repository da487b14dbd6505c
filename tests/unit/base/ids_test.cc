#include "base/ids.h"

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

TEST_CASE("an attempt's name is read back as the same attempt") {
  for (const char* name :
       {"c7/i2/train/t0/a1", "c1/i0/prepare/t0/a12", "c123/i10/evaluate/t31/a3"}) {
    const auto id = ParseAttemptId(name);
    REQUIRE(id.ok());
    CHECK(ToString(*id) == name);
  }
}

TEST_CASE("a name of another form is refused with the name and the form") {
  for (const char* name :
       {"", "c7", "c7/i2/train/t0", "c7/i2/train/t0/a1/x", "c7/i2/fly/t0/a1", "c07/i2/train/t0/a1",
        "c7/i-2/train/t0/a1", "c0/i2/train/t0/a1", "c7/i2/train/t0/a0", "../i2/train/t0/a1",
        "c7//train/t0/a1", "c7/i2/train/t0/a1 ", "c99999999999999999999/i2/train/t0/a1"}) {
    const auto id = ParseAttemptId(name);
    INFO(name);
    REQUIRE_FALSE(id.ok());
    CHECK(id.status().code() == StatusCode::kInvalidArgument);
    CHECK(id.status().message().find("c7/i2/train/t0/a1") != std::string::npos);
  }
}

TEST_CASE("a campaign's resource name is read back") {
  const auto id = ParseCampaignResourceName("campaigns/c7");
  REQUIRE(id.ok());
  CHECK(*id == 7);
  CHECK(CampaignResourceName(7) == "campaigns/c7");
  CHECK_FALSE(ParseCampaignResourceName("c7").ok());
  CHECK_FALSE(ParseCampaignResourceName("campaigns/c0").ok());
}

}  // namespace
}  // namespace flywheel
