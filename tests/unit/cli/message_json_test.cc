#include "clients/cli/message_json.h"

#include <catch2/catch.hpp>

#include "flywheel/v1/campaign.pb.h"

namespace flywheel {
namespace {

TEST_CASE("printed JSON has proto field names and fields at their defaults") {
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.set_last_seq(12);
  const auto json = nlohmann::json::parse(ToJsonText(campaign));
  CHECK(json.at("state_reason") == "");
  CHECK(json.at("last_seq") == "12");
  CHECK(json.at("running").is_array());
  CHECK(json.at("state") == "STATE_UNSPECIFIED");
}

TEST_CASE("nulls are absent fields and both spellings of a field become the proto's") {
  const JsonPlaces places("{}", "x.json");
  const auto value = nlohmann::json::parse(R"({"dataRoot": "/d", "seed": null})");
  const auto checked = CheckMessageJson(value, *v1::CampaignSpec::descriptor(), places);
  REQUIRE(checked.ok());
  CHECK(*checked == nlohmann::json({{"data_root", "/d"}}));
  const auto twice = nlohmann::json::parse(R"({"dataRoot": "/d", "data_root": "/e"})");
  const auto refused = CheckMessageJson(twice, *v1::CampaignSpec::descriptor(), places);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().message() == "x.json: data_root: 'data_root' is given twice");
}

TEST_CASE("64-bit numbers are read as numbers and as strings") {
  const JsonPlaces places("{}", "x.json");
  for (const char* text :
       {R"({"seed": 18446744073709551615})", R"({"seed": "18446744073709551615"})"}) {
    const auto checked =
        CheckMessageJson(nlohmann::json::parse(text), *v1::CampaignSpec::descriptor(), places);
    REQUIRE(checked.ok());
    v1::CampaignSpec spec;
    REQUIRE(FillMessage(*checked, &spec).ok());
    CHECK(spec.seed() == UINT64_MAX);
  }
}

TEST_CASE("places are found in arrays, after comments and for members that are not there") {
  const std::string text = "{\n// one\n\"a\": [ 1,\n {\"b\": 2} ],\n/* two\n lines */ \"c\": {}\n}";
  JsonPlaces places(text, "f");
  CHECK(places.Describe("a[1].b") == "f:4: a[1].b");
  CHECK(places.Describe("a[0]") == "f:3: a[0]");
  CHECK(places.Describe("c.missing") == "f:6: c.missing");
  CHECK(places.Describe("") == "f");
  places.Override("c.d", "--set c.d=1");
  CHECK(places.Describe("c.d.e") == "--set c.d=1: c.d.e");
}

}  // namespace
}  // namespace flywheel
