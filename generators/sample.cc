#include "generators/sample.h"

#include <fmt/format.h>

#include "base/check.h"

namespace flywheel {
namespace {

template <typename T>
T Of(const std::map<int, T>& by_type, int type) {
  const auto found = by_type.find(type);
  return found == by_type.end() ? T{} : found->second;
}

}  // namespace

LlavaRow MakeRow(const std::string& id, const std::string& image,
                 const std::vector<MadeQuestion>& questions) {
  FW_CHECK(!questions.empty(), "a row without questions");
  LlavaRow row;
  row.id = id;
  row.image = image;
  for (const MadeQuestion& made : questions) {
    const std::string lead =
        row.conversations.empty() ? std::string(kImageToken) + "\n" : std::string();
    row.conversations.push_back({.from = "human", .value = lead + made.question});
    row.conversations.push_back({.from = "gpt", .value = made.direct_answer()});
  }
  return row;
}

nlohmann::json ToJson(const Provenance& provenance) {
  nlohmann::json line = {{"id", provenance.id},
                         {"type", provenance.type},
                         {"quota", provenance.quota},
                         {"weight", provenance.weight},
                         {"evaluation", provenance.evaluation},
                         {"analysis", provenance.analysis},
                         {"seed", std::to_string(provenance.seed)},
                         {"image", provenance.image}};
  if (provenance.source == SampleSource::kPool) {
    line.update({{"source", "pool"},
                 {"pool", provenance.pool},
                 {"why", provenance.why},
                 {"pool_generation", provenance.pool_generation}});
  } else {
    line.update(
        {{"source", "scene_graph"}, {"family", provenance.family}, {"scene", provenance.scene}});
  }
  return line;
}

Samples MakeSamples(const std::vector<SceneGraph>& bank, const Plan& plan,
                    const SampleOrigin& origin) {
  Samples samples;
  for (size_t i = 0; i < plan.images.size(); ++i) {
    const PlannedImage& planned = plan.images[i];
    const SceneGraph& scene = bank[planned.scene];
    const std::string id = fmt::format("{}-{:06}", origin.id_prefix, i + 1);
    samples.rows.push_back(MakeRow(id, scene.image, planned.questions));
    const std::string digest = SceneDigest(scene);
    for (size_t turn = 0; turn < planned.questions.size(); ++turn) {
      const MadeQuestion& made = planned.questions[turn];
      samples.provenance.push_back({.id = fmt::format("{}#{}", id, turn),
                                    .source = SampleSource::kSceneGraph,
                                    .type = made.type,
                                    .family = made.family,
                                    .quota = Of(origin.quotas, made.type),
                                    .weight = Of(origin.weights, made.type),
                                    .evaluation = origin.evaluation,
                                    .analysis = origin.analysis,
                                    .seed = planned.seed,
                                    .image = scene.image,
                                    .scene = digest,
                                    .pool = "",
                                    .why = "",
                                    .pool_generation = 0});
    }
    samples.scenes.push_back(scene);
  }
  return samples;
}

}  // namespace flywheel
