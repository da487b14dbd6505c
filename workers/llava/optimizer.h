// AdamW over a flat parameter buffer, with the sum over replicas and the clipping of the gradient's
// norm. Sums run over fixed chunks in a fixed order, so that results do not depend on timing.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "workers/llava/parameters.h"
#include "workers/llava/replica_threads.h"

namespace flywheel::llava {

struct OptimizerOptions {
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0.05;  // on matrices only
  double max_grad_norm = 1.0;
};

// Linear warm-up, then a cosine down to final_ratio at the last step.
struct LearningRate {
  double peak = 1e-3;
  int64_t warmup_steps = 0;
  double final_ratio = 0.1;
  double At(int64_t step, int64_t steps) const;  // step counts from 0
};

class Optimizer {
 public:
  // `parameters` must outlive the optimiser.
  Optimizer(const ParameterBuffer& parameters, OptimizerOptions options);

  // One update with the sum of `gradients` (one [count] tensor a replica), which are zeroed.
  // Returns the norm of the sum before clipping.
  double Step(double learning_rate, const std::vector<at::Tensor>& gradients,
              ReplicaThreads* threads);

  // State for checkpoints: both [count].
  const at::Tensor& momentum() const { return momentum_; }
  const at::Tensor& variance() const { return variance_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  struct Chunk {
    int64_t begin = 0;
    int64_t end = 0;
    bool decays = false;
  };

  const ParameterBuffer& parameters_;
  OptimizerOptions options_;
  std::vector<Chunk> chunks_;
  at::Tensor momentum_;
  at::Tensor variance_;
  int64_t steps_ = 0;
};

}  // namespace flywheel::llava
