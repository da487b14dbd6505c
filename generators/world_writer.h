// Writes a rendered world as others publish theirs: pictures, annotations in Visual Genome's files
// and questions in SEED-Bench's. Equal options give equal bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace flywheel {

struct WorldOptions {
  std::string out;  // a folder; made when it is not there
  uint64_t seed = 0;
  int scenes = 0;
  int questions = 0;  // spread evenly over the nine types
};

struct WorldSummary {
  int scenes = 0;
  int questions = 0;
  std::map<int, int> by_type;
};

// OUT/images/<id>.png; image_data.json, objects.json, attributes.json, relationships.json,
// region_descriptions.json, scene_graphs.json; SEED-Bench.json; scene_graphs.jsonl, our own form.
// INVALID_ARGUMENT when the scenes cannot serve that many questions.
Result<WorldSummary> WriteWorld(const WorldOptions& options);

}  // namespace flywheel
