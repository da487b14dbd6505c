// Training of projector and decoder on cached image features: answers are learnt, prompts are read.
// Data-parallel over threads that share the parameters; for a fixed number of threads the result is
// a function of its inputs. The vision tower stays as it is (tower_trainer.h trains it).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "workers/llava/features.h"
#include "workers/llava/llava_model.h"
#include "workers/llava/samples.h"

namespace flywheel::llava {

struct TrainOptions {
  int64_t epochs = 2;
  int64_t batch_size = 16;  // images a step
  double learning_rate = 1.5e-3;
  int64_t warmup_steps = 30;
  double final_lr_ratio = 0.1;
  double weight_decay = 0.05;
  double max_grad_norm = 1.0;
  uint64_t seed = 0;
  int threads = 1;
  // File that holds the state of an interrupted run; empty: none is written. When it exists and
  // belongs to this run, training goes on from it, bit for bit as if it had not stopped.
  std::string checkpoint_path;
  // What else the run depends on: a checkpoint with another name is not continued.
  std::string run_name;
  int64_t checkpoint_every = 0;  // steps; 0: only when asked to stop
};

struct TrainStep {
  int64_t step = 0;  // from 1
  int64_t steps = 0;
  int64_t images = 0;  // trained on so far, this run
  double loss = 0;     // mean over the answer tokens of this step
  double learning_rate = 0;
};

struct TrainOutcome {
  int64_t steps = 0;
  int64_t first_step = 0;        // above 0 when a checkpoint was continued
  std::vector<TrainStep> curve;  // every step, those before an interruption too
};

// Steps of a run over `rows` rows.
int64_t StepsOf(const TrainOptions& options, int64_t rows);

// `proceed` is called after each step; false writes a checkpoint and returns CANCELLED.
// INVALID_ARGUMENT when there is no row, or the loss is no longer finite (names the step).
Result<TrainOutcome> TrainLanguage(LlavaModel* model, const FeatureCache& features,
                                   const std::vector<TrainingRow>& rows,
                                   const TrainOptions& options,
                                   const std::function<bool(const TrainStep&)>& proceed);

}  // namespace flywheel::llava
