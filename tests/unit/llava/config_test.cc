#include "workers/llava/config.h"

#include <catch2/catch.hpp>

#include "tests/unit/llava/tiny_model.h"

namespace flywheel::llava {
namespace {

using nlohmann::json;

std::string Refusal(const json& value) {
  const auto config = LlavaConfigFromJson(value, "config.json");
  REQUIRE_FALSE(config.ok());
  CHECK(config.status().code() == StatusCode::kInvalidArgument);
  return config.status().message();
}

TEST_CASE("A configuration survives the way to JSON and back") {
  for (const LlavaConfig& config : {SmallConfig(), PublishedConfig(), LlavaConfig()}) {
    const auto read = LlavaConfigFromJson(ToJson(config), "config.json");
    INFO(read.status().ToString());
    REQUIRE(read.ok());
    CHECK(*read == config);
  }
}

TEST_CASE("A published configuration needs none of our members") {
  json value = ToJson(LlavaConfig());
  for (const char* ours : {"projector_position_embedding", "turn_position_start"}) {
    value.erase(ours);
  }
  for (const char* ours :
       {"stem", "class_token", "pre_layernorm", "feature_layernorm", "image_mean", "image_std"}) {
    value["vision_config"].erase(ours);
  }
  value["transformers_version"] = "4.36.0";
  const auto read = LlavaConfigFromJson(value, "config.json");
  INFO(read.status().ToString());
  REQUIRE(read.ok());
  CHECK(*read == LlavaConfig());
}

TEST_CASE("A configuration that is wrong is refused by the name of the member") {
  const json good = ToJson(SmallConfig());
  json value = good;
  value["visoin_feature_layer"] = -1;
  CHECK_THAT(Refusal(value), Catch::Contains("visoin_feature_layer"));
  value = good;
  value["text_config"]["num_attention_heads"] = 3;
  CHECK_THAT(Refusal(value), Catch::Contains("text_config.num_attention_heads"));
  value = good;
  value["text_config"]["tie_word_embeddings"] = true;
  CHECK_THAT(Refusal(value), Catch::Contains("tie_word_embeddings"));
  value = good;
  value["vision_config"]["stem_strides"] = {2, 1};
  CHECK_THAT(Refusal(value), Catch::Contains("expected patch_size 4"));
  value = good;
  value["vision_config"]["image_size"] = 0;
  CHECK_THAT(Refusal(value), Catch::Contains("vision_config.image_size"));
  value = good;
  value["vision_config"]["hidden_act"] = "relu";
  CHECK_THAT(Refusal(value), Catch::Contains("quick_gelu"));
  value = good;
  value["turn_position_start"] = 3;
  CHECK_THAT(Refusal(value), Catch::Contains("turn_position_start"));
  value = good;
  value["vision_feature_layer"] = -3;
  CHECK_THAT(Refusal(value), Catch::Contains("expected -1 to -2"));
  value = good;
  value.erase("text_config");
  CHECK_THAT(Refusal(value), Catch::Contains("text_config"));
}

}  // namespace
}  // namespace flywheel::llava
