// Pre-training of the vision tower on dense labels: small linear heads say, at single patches, what
// is there. The heads are thrown away. Stands in for what CLIP has learnt from images and text; the
// loop itself never trains the tower.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "workers/llava/llava_model.h"

namespace flywheel::llava {

struct DenseHead {
  std::string name;
  int64_t classes = 0;
  double weight = 1;                  // of its loss
  std::vector<double> class_weights;  // empty: all 1
};

struct DenseTarget {
  int32_t head = 0;
  int32_t patch = 0;
  int32_t label = 0;
};

// Fills one sample: RGB rows of image_size x image_size and its targets. A function of `index`;
// called from several threads.
using DenseSource =
    std::function<void(int64_t index, std::span<uint8_t> rgb, std::vector<DenseTarget>* targets)>;

struct TowerOptions {
  int64_t steps = 2400;
  int64_t batch_size = 16;
  int64_t samples = 24000;  // indices are drawn below this
  double learning_rate = 2e-3;
  int64_t warmup_steps = 50;
  double final_lr_ratio = 0.05;
  double weight_decay = 0.05;
  uint64_t seed = 0;
  int threads = 1;
};

struct TowerStep {
  int64_t step = 0;
  int64_t steps = 0;
  double loss = 0;
};

Status TrainTower(LlavaModel* model, const std::vector<DenseHead>& heads, const DenseSource& source,
                  const TowerOptions& options,
                  const std::function<void(const TowerStep&)>& progress,
                  std::vector<double>* accuracy_by_head);

}  // namespace flywheel::llava
