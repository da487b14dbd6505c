// What the generate task is told besides its inputs. Read strictly.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace flywheel {

// Where training will start, and so what the training set holds besides the new samples.
enum class TrainingStart {
  kChampion,  // a sample of everything earlier, so that it is not forgotten
  kBase,      // everything earlier: the base mixture and all iterations
};

enum class NearDuplicatePolicy { kLeaveOut, kKeep };

// A pool that samples are taken from: PoolSource of campaign.proto.
struct PoolParameters {
  std::string path;         // its folder
  std::string images_root;  // empty: what each data set was imported with
  std::string where;        // an SQL predicate; empty: all
  double min_score = 0;     // of a question type's tag
  NearDuplicatePolicy near_duplicates = NearDuplicatePolicy::kLeaveOut;
};

// Where a share of each type's quota comes from.
struct SourceParameters {
  double share = 1;
  std::optional<PoolParameters> pool;  // absent: questions about the bank's scene graphs
};

struct GenerateParameters {
  int32_t iteration = 0;
  int32_t images = 0;
  int32_t questions_per_image = 0;
  double replay_ratio = 0;  // replayed images as a share of the new ones
  TrainingStart start = TrainingStart::kChampion;
  std::vector<SourceParameters> sources;  // at least one
  std::string image_root;
  std::string evaluation;  // digest of the evaluation that the weights come from

  int64_t questions() const { return int64_t{images} * questions_per_image; }
};

// INVALID_ARGUMENT names the member: "parameters.generate.images: expected at least 1, found 0".
Result<GenerateParameters> ReadGenerateParameters(const nlohmann::json& parameters);

}  // namespace flywheel
