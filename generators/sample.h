// Questions about a scene as training data: one LLaVA row an image, one turn a question, asked
// without options and answered directly, and for each turn a record of where it comes from.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "generators/plan.h"
#include "generators/scene_graph.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

// The row `id` with the questions as turns. At least one question.
LlavaRow MakeRow(const std::string& id, const std::string& image,
                 const std::vector<MadeQuestion>& questions);

// What a sample was made of.
enum class SampleSource { kSceneGraph, kPool };

// Why a sample was made. One line of provenance.jsonl.
struct Provenance {
  std::string id;  // "<row id>#<turn, from 0>"; of a pool's sample the row's id
  SampleSource source = SampleSource::kSceneGraph;
  int32_t type = 0;
  std::string family;  // of questions about scene graphs
  int32_t quota = 0;
  double weight = 0;
  std::string evaluation;  // digests of what the weights were computed from
  std::string analysis;
  uint64_t seed = 0;  // of the image's questions, or of the selection from the pool
  std::string image;
  std::string scene;  // digest of the scene graph
  std::string pool;   // a pool's sample: "dataset:id#n"
  std::string why;    // it was chosen from the pool, in words
  int64_t pool_generation = 0;

  bool operator==(const Provenance&) const = default;
};

nlohmann::json ToJson(const Provenance& provenance);

// What all samples of an iteration share.
struct SampleOrigin {
  std::string id_prefix;          // "i2": rows are "i2-000001" and so on
  std::map<int, double> weights;  // by type, as the analysis gave them
  std::map<int, int> quotas;      // by type
  std::string evaluation;
  std::string analysis;
};

struct Samples {
  std::vector<LlavaRow> rows;
  std::vector<Provenance> provenance;
  std::vector<SceneGraph> scenes;  // those of the rows, in their order
};

Samples MakeSamples(const std::vector<SceneGraph>& bank, const Plan& plan,
                    const SampleOrigin& origin);

}  // namespace flywheel
