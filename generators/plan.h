// From type weights to the questions of one iteration: quotas, images from the bank, questions that
// fill the quotas. Everything is a function of its arguments and the seed. What a quota does not
// get and what is dropped is counted, never silently lost. Writes no files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/records/summaries.h"
#include "base/result.h"
#include "generators/fingerprints.h"
#include "generators/questions/question_maker.h"
#include "generators/scene_graph.h"

namespace flywheel {

struct PlanRequest {
  std::map<int, int> quotas;  // questions by type
  int images = 0;
  int questions_per_image = 0;
  uint64_t seed = 0;
  // Images that earlier iterations used: taken only when the others do not suffice.
  std::unordered_set<std::string> used_images;
  // QuestionFingerprints that earlier iterations asked: never asked again.
  Fingerprints asked;
};

struct PlannedImage {
  size_t scene = 0;   // index into the bank
  uint64_t seed = 0;  // that its questions were drawn with
  std::vector<MadeQuestion> questions;
};

struct Plan {
  std::vector<PlannedImage> images;
  std::vector<TypeSamples> by_type;  // every type of the quotas, ascending
  std::vector<DropCount> dropped;    // by reason, alphabetical
};

// Images are drawn at random, those that types in need can be asked of first. Scenes and questions
// in `benchmark` are dropped: "scene of the benchmark", "question of the benchmark", "asked
// before", "scene twice in the bank".
Plan MakePlan(const std::vector<SceneGraph>& bank, const QuestionMaker& maker,
              const Fingerprints& benchmark, const PlanRequest& request);

}  // namespace flywheel
