// What the next training reads: the new samples and, so that nothing is forgotten, earlier ones.
// From the champion a few of them are replayed; from the base model everything comes again. Rows of
// the base mixture are rendered again from its recipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "generators/base_mixture.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "pool/formats/llava_row.h"
#include "workers/generate/generate_parameters.h"

namespace flywheel {

// What became of the model that was trained on a dataset. Rejected data are replayed like others:
// a model that is not better does not make its data wrong.
enum class MadeFor { kChampion, kRejectedModel };

// A dataset artifact: LLaVA rows, and the scenes of those that are rendered.
struct Dataset {
  std::vector<LlavaRow> rows;
  std::vector<SceneGraph> scenes;
  MadeFor made_for = MadeFor::kChampion;
};

// Reads <folder>/samples.jsonl and, where there is one, scenes.jsonl.
Result<Dataset> ReadDataset(const std::string& folder);

// Everything that was trained on before this iteration.
struct EarlierData {
  std::optional<BaseMixture> mixture;  // absent: the base model came without its recipe
  std::vector<Dataset> datasets;       // by iteration

  // Rows in all, those of the mixture first.
  int64_t size() const;
};

struct TrainingSet {
  Dataset data;  // shuffled by the seed
  int32_t replay_images = 0;
  int32_t rejected_replay_images = 0;  // of them, made for a model that the gate rejected
  int32_t leaked = 0;  // rows of the mixture left out: their scene is in the benchmark
};

struct TrainingSetRequest {
  TrainingStart start = TrainingStart::kChampion;
  double replay_ratio = 0;
  uint64_t seed = 0;
};

// Replayed rows are drawn without repetition and uniformly from all earlier ones.
TrainingSet MixTrainingSet(const Dataset& fresh, const EarlierData& earlier,
                           const Fingerprints& benchmark, const TrainingSetRequest& request);

// <folder>/<rows_name> and, if any image is rendered, <folder>/scenes.jsonl.
Status WriteDataset(const std::string& folder, const std::string& rows_name, const Dataset& data);

}  // namespace flywheel
