// Benchmarks made of scene graphs: rendered for a split, or cut out of a set of annotated
// photographs. Letters of right answers are balanced within each type. Knows nothing of files.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/records/question.h"
#include "base/result.h"
#include "generators/questions/question_maker.h"
#include "generators/scene_graph.h"

namespace flywheel {

struct Benchmark {
  std::vector<Question> questions;
  std::vector<SceneGraph> scenes;  // of the questions' images, each once
};

struct WorldBenchmarkOptions {
  uint64_t seed = 0;
  int questions = 0;
  std::string id_prefix;  // "steer": questions are "steer-000001" and so on
};

// Question i has type 1 + i % 9 and an image of its own. Scenes differ from each other and from
// those in `taken` (by digest), and are added to it: pass one set through all splits and the bank.
Benchmark MakeWorldBenchmark(const WorldBenchmarkOptions& options, std::set<std::string>& taken);

struct PhotoBenchmarkOptions {
  uint64_t seed = 0;
  double benchmark_share = 0.5;  // of the photos
  int questions_per_image = 4;   // at most
};

struct PhotoBenchmark {
  Benchmark benchmark;
  std::vector<SceneGraph> bank;  // the other photos
};

// Photos are dealt by the seed. Wrong options of the benchmark come from the benchmark's photos
// only. INVALID_ARGUMENT when a side would be empty or no question can be asked.
Result<PhotoBenchmark> MakePhotoBenchmark(const std::vector<SceneGraph>& photos,
                                          const PhotoBenchmarkOptions& options);

// The record of a made question about an image; the image is its group.
Question ToQuestion(const MadeQuestion& made, const std::string& id, const std::string& image);

}  // namespace flywheel
