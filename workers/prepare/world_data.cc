// Rendered scenes: a benchmark and a bank of any size from a seed.
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "base/rng.h"
#include "generators/base_mixture.h"
#include "generators/world/scene_sampler.h"
#include "workers/prepare/prepared_data.h"

namespace flywheel {
namespace {

// Digests of the scenes that the base model was trained on.
Status TakeBaseMixture(const std::string& base_model, std::set<std::string>* taken) {
  const std::string path = base_model + "/base_mixture.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return OkStatus();
  FW_ASSIGN(const BaseMixture mixture, ReadBaseMixture(path));
  for (int64_t i = 0; i < mixture.images; ++i) {
    taken->insert(SceneDigest(MakeBaseSample(mixture, i).scene));
  }
  return OkStatus();
}

}  // namespace

Result<PreparedData> PrepareWorld(const WorldSource& source, const std::string& base_model,
                                  uint64_t seed, const PrepareProgress& progress) {
  PreparedData data;
  std::set<std::string> taken;
  if (!progress("listing the base mixture", 0)) return CancelledError("prepare was stopped");
  FW_TRY(TakeBaseMixture(base_model, &taken));
  const std::array<int32_t, kSplitNames.size()> questions = {
      source.steer_questions, source.gate_questions, source.sealed_questions};
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    const std::string name(kSplitNames[i]);
    if (!progress("rendering split " + name, 0.2 + 0.1 * static_cast<double>(i))) {
      return CancelledError("prepare was stopped");
    }
    data.splits[i] = MakeWorldBenchmark(
        {.seed = DeriveSeed(seed, name), .questions = questions[i], .id_prefix = name}, taken);
    for (const SceneGraph& scene : data.splits[i].scenes) {
      data.fingerprints.Add(SceneFingerprint(scene));
    }
  }
  if (!progress("filling the bank", 0.5)) return CancelledError("prepare was stopped");
  data.bank = world::SampleScenes(DeriveSeed(seed, "bank"), source.bank_scenes, {}, taken);
  return data;
}

}  // namespace flywheel
