// What a campaign measures with and learns from, before it is written: three splits, the bank, and
// the fingerprints that keep them apart. Made of rendered scenes, of photographs or of a benchmark
// in files; the rest of prepare does not care which.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generators/benchmark.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "workers/prepare/prepare_parameters.h"
#include "workers/prepare/split.h"

namespace flywheel {

struct PreparedData {
  // In the order of kSplitNames. Scenes only of rendered images: photographs stay in their folder.
  std::array<Benchmark, kSplitNames.size()> splits;
  std::vector<SceneGraph> bank;
  int32_t bank_refused = 0;
  Fingerprints fingerprints;
  std::vector<std::string> warnings;
};

// Called with what is being done and how far it is, 0 to 1. False: stop, the result is CANCELLED.
using PrepareProgress = std::function<bool(const std::string& doing, double fraction)>;

// `base_model` is the model's folder: scenes of its base mixture are kept out of the benchmark.
Result<PreparedData> PrepareWorld(const WorldSource& source, const std::string& base_model,
                                  uint64_t seed, const PrepareProgress& progress);

// Decodes every picture once; INVALID_ARGUMENT names the first that cannot be decoded.
Result<PreparedData> PreparePhotos(const PrepareParameters& parameters, uint64_t seed,
                                   const PrepareProgress& progress);

// Decodes every picture of benchmark and bank once; INVALID_ARGUMENT and NOT_FOUND name the record
// or the picture that is wrong. Bank pictures that the benchmark shows are refused and counted.
Result<PreparedData> PrepareSeedBench(const PrepareParameters& parameters, uint64_t seed,
                                      const PrepareProgress& progress);

// Every question is whole and asked once, no split that should have questions is empty, no image is
// on two sides, the gate split suffices. Adds to `warnings` what weakens the numbers.
Status CheckPreparedData(const PrepareParameters& parameters, PreparedData* data);

}  // namespace flywheel
