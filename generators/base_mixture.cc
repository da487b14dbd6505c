#include "generators/base_mixture.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/check.h"
#include "base/io/json.h"
#include "base/rng.h"
#include "generators/questions/question_maker.h"
#include "generators/world/scene_sampler.h"

namespace flywheel {
namespace {

constexpr int kScene = 1;
constexpr int kIdentity = 2;
constexpr int kAttributes = 3;

constexpr std::array<std::string_view, 3> kCaptionRequests = {
    "describe the image.", "write a short caption.", "what does the picture show?"};

// A type by the shares; another of the three when the scene has no such question left.
std::optional<MadeQuestion> DrawQuestion(const BaseMixture& mixture, const SceneGraph& scene,
                                         Rng& rng, const std::set<std::string>& asked) {
  static const QuestionMaker maker;
  std::array<double, 3> shares = {mixture.scene, mixture.identity, mixture.attributes};
  constexpr std::array<int, 3> kTypes = {kScene, kIdentity, kAttributes};
  for (size_t tries = 0; tries < kTypes.size(); ++tries) {
    if (shares[0] + shares[1] + shares[2] <= 0) break;
    const size_t drawn = rng.Weighted(shares);
    if (auto made = maker.Make(scene, kTypes[drawn], rng, asked)) return made;
    shares[drawn] = 0;
  }
  return std::nullopt;
}

}  // namespace

nlohmann::json ToJson(const BaseMixture& mixture) {
  return {{"seed", mixture.seed},
          {"images", mixture.images},
          {"turns_per_image", mixture.turns_per_image},
          {"scene", mixture.scene},
          {"identity", mixture.identity},
          {"attributes", mixture.attributes},
          {"caption_share", mixture.caption_share}};
}

Result<BaseMixture> BaseMixtureFromJson(const nlohmann::json& value) {
  JsonObjectReader reader(value, "base_mixture");
  BaseMixture mixture;
  reader.Required("seed", &mixture.seed);
  reader.Required("images", &mixture.images);
  reader.Required("turns_per_image", &mixture.turns_per_image);
  reader.Required("scene", &mixture.scene);
  reader.Required("identity", &mixture.identity);
  reader.Required("attributes", &mixture.attributes);
  reader.Required("caption_share", &mixture.caption_share);
  if (mixture.images < 1)
    reader.Fail("images", fmt::format("expected at least 1, found {}", mixture.images));
  if (mixture.turns_per_image < 1) {
    reader.Fail("turns_per_image",
                fmt::format("expected at least 1, found {}", mixture.turns_per_image));
  }
  const double sum = mixture.scene + mixture.identity + mixture.attributes;
  if (mixture.scene < 0 || mixture.identity < 0 || mixture.attributes < 0 ||
      !(std::abs(sum - 1) < 1e-6)) {
    reader.Fail("scene", fmt::format("expected shares of scene, identity and attributes that are "
                                     "not negative and sum to 1, found a sum of {}",
                                     sum));
  }
  if (!(mixture.caption_share >= 0 && mixture.caption_share <= 1)) {
    reader.Fail("caption_share",
                fmt::format("expected a share from 0 to 1, found {}", mixture.caption_share));
  }
  FW_TRY(reader.Finish());
  return mixture;
}

Result<BaseMixture> ReadBaseMixture(const std::string& path) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  Result<BaseMixture> mixture = BaseMixtureFromJson(value);
  if (!mixture.ok()) return mixture.status().WithContext(path);
  return mixture;
}

BaseSample MakeBaseSample(const BaseMixture& mixture, int64_t index) {
  FW_CHECK(index >= 0 && index < mixture.images, "a row outside the base mixture");
  const uint64_t seed = DeriveSeed(mixture.seed, static_cast<uint64_t>(index));
  BaseSample sample;
  sample.scene = world::SampleScene(DeriveSeed(seed, "scene"));
  Rng rng(DeriveSeed(seed, "turns"));
  sample.row.id = fmt::format("base-{:06}", index);
  sample.row.image = sample.scene.image;
  const auto add = [&](std::string question, std::string answer) {
    const bool first = sample.row.conversations.empty();
    if (first) question = std::string(kImageToken) + "\n" + question;
    sample.row.conversations.push_back({.from = "human", .value = std::move(question)});
    sample.row.conversations.push_back({.from = "gpt", .value = std::move(answer)});
  };
  const bool captioned = rng.Chance(mixture.caption_share);
  std::set<std::string> asked;
  for (int turn = captioned ? 1 : 0; turn < mixture.turns_per_image; ++turn) {
    const auto made = DrawQuestion(mixture, sample.scene, rng, asked);
    if (!made) break;  // a scene with one shape has few questions
    asked.insert(made->key);
    add(made->question, made->direct_answer());
  }
  if (captioned || sample.row.conversations.empty()) {
    add(std::string(kCaptionRequests[rng.Below(kCaptionRequests.size())]),
        world::SceneCaption(sample.scene, world::CaptionDetail::kShapesOnly));
  }
  return sample;
}

}  // namespace flywheel
