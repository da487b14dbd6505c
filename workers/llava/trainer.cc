#include "workers/llava/trainer.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "workers/llava/checkpoint.h"
#include "workers/llava/language.h"
#include "workers/llava/model_parts.h"
#include "workers/llava/optimizer.h"
#include "workers/llava/pixels.h"
#include "workers/llava/replica_threads.h"

namespace flywheel::llava {
namespace {

int64_t StepsAnEpoch(const TrainOptions& options, int64_t rows) {
  return (rows + options.batch_size - 1) / options.batch_size;
}

size_t Tokens(const TrainingRow& row) {
  size_t tokens = 0;
  for (const Turn& turn : row.turns) tokens += turn.prompt.size() + turn.answer.size();
  return tokens;
}

// One thread's view of the shared parameters, with gradients of its own.
struct Replica {
  Replica(const ModelParts& parts)
      : gradients(at::zeros_like(parts.language.flat())),
        language(parts.config, parts.rotary, ParameterViews(parts.language, gradients)) {}

  at::Tensor gradients;
  Language language;
  std::vector<const TrainingRow*> rows;
  double loss = 0;  // sum over its answer tokens
};

class Run {
 public:
  Run(ModelParts* parts, const FeatureCache& features, const std::vector<TrainingRow>& rows,
      const TrainOptions& options)
      : parts_(parts),
        features_(features),
        rows_(rows),
        options_(options),
        threads_(options.threads),
        optimizer_(parts->language,
                   {.weight_decay = options.weight_decay, .max_grad_norm = options.max_grad_norm}) {
    replicas_.reserve(static_cast<size_t>(options.threads));
    for (int i = 0; i < options.threads; ++i) {
      replicas_.push_back(std::make_unique<Replica>(*parts));
    }
  }

  Result<TrainOutcome> Train(const std::function<bool(const TrainStep&)>& proceed);

 private:
  std::string Name() const;
  void Deal(int64_t step);
  double Learn(double rate);
  Status Save() const;
  TrainStep Describe(int64_t step, int64_t steps) const;

  ModelParts* parts_;
  const FeatureCache& features_;
  const std::vector<TrainingRow>& rows_;
  const TrainOptions& options_;
  ReplicaThreads threads_;
  Optimizer optimizer_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::vector<size_t> order_;
  int64_t epoch_ = -1;
  CheckpointState state_;
};

std::string Run::Name() const {
  return fmt::format(
      "{}rows {} epochs {} batch {} lr {} warmup {} final {} decay {} norm {} seed {} threads {}",
      options_.run_name, rows_.size(), options_.epochs, options_.batch_size, options_.learning_rate,
      options_.warmup_steps, options_.final_lr_ratio, options_.weight_decay, options_.max_grad_norm,
      options_.seed, options_.threads);
}

// Deals the rows of a step to the replicas, the longest first and back and forth, so that each has
// about the same number of tokens.
void Run::Deal(int64_t step) {
  const auto count = static_cast<int64_t>(rows_.size());
  const int64_t an_epoch = StepsAnEpoch(options_, count);
  if (const int64_t epoch = step / an_epoch; epoch != epoch_) {
    epoch_ = epoch;
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    Rng rng(DeriveSeed(DeriveSeed(options_.seed, "order"), static_cast<uint64_t>(epoch)));
    rng.Shuffle(order_);
  }
  const int64_t begin = step % an_epoch * options_.batch_size;
  const int64_t end = std::min(count, begin + options_.batch_size);
  std::vector<const TrainingRow*> batch;
  for (int64_t i = begin; i < end; ++i) {
    batch.push_back(&rows_[order_[static_cast<size_t>(i)]]);
  }
  std::stable_sort(batch.begin(), batch.end(), [](const TrainingRow* a, const TrainingRow* b) {
    return Tokens(*a) > Tokens(*b);
  });
  for (const auto& replica : replicas_) replica->rows.clear();
  const size_t n = replicas_.size();
  for (size_t i = 0; i < batch.size(); ++i) {
    const size_t place = i % (2 * n);
    replicas_[place < n ? place : 2 * n - 1 - place]->rows.push_back(batch[i]);
  }
}

// One step; returns the mean loss of an answer token.
double Run::Learn(double rate) {
  int64_t answers = 0;
  for (const auto& replica : replicas_) {
    for (const TrainingRow* row : replica->rows) {
      for (const Turn& turn : row->turns) answers += static_cast<int64_t>(turn.answer.size());
    }
  }
  threads_.Run([&](int index) {
    Replica& replica = *replicas_[static_cast<size_t>(index)];
    replica.loss = 0;
    if (replica.rows.empty()) return;
    const PackedBatch batch = PackTurns(parts_->config, replica.rows);
    std::vector<int32_t> images;
    for (const TrainingRow* row : replica.rows) images.push_back(row->image);
    const at::Tensor features =
        GatherFeatures(features_, images, parts_->config.vision.hidden_size);  // [B * P, D]
    const at::Tensor logits = replica.language.Forward(features, batch);       // [S, V]
    const at::Tensor loss = at::cross_entropy_loss(logits, batch.targets, {}, at::Reduction::Sum) /
                            static_cast<double>(answers);
    torch::autograd::backward({loss}, {});
    replica.loss = static_cast<double>(loss.item<float>());
  });
  double loss = 0;
  std::vector<at::Tensor> gradients;
  for (const auto& replica : replicas_) {
    loss += replica->loss;
    gradients.push_back(replica->gradients);
  }
  optimizer_.Step(rate, gradients, &threads_);
  return loss;
}

Status Run::Save() const {
  if (options_.checkpoint_path.empty()) return OkStatus();
  return WriteCheckpoint(options_.checkpoint_path, Name(), parts_->language, optimizer_, state_);
}

TrainStep Run::Describe(int64_t step, int64_t steps) const {
  const LearningRate rate{options_.learning_rate, options_.warmup_steps, options_.final_lr_ratio};
  const auto count = static_cast<int64_t>(rows_.size());
  const int64_t an_epoch = StepsAnEpoch(options_, count);
  const int64_t in_epoch = std::min(count, (step % an_epoch + 1) * options_.batch_size);
  return {step + 1, steps, step / an_epoch * count + in_epoch,
          static_cast<double>(state_.losses[static_cast<size_t>(step)]), rate.At(step, steps)};
}

Result<TrainOutcome> Run::Train(const std::function<bool(const TrainStep&)>& proceed) {
  TrainOutcome outcome;
  outcome.steps = StepsOf(options_, static_cast<int64_t>(rows_.size()));
  if (!options_.checkpoint_path.empty()) {
    FW_ASSIGN(state_,
              ReadCheckpoint(options_.checkpoint_path, Name(), parts_->language, &optimizer_));
  }
  outcome.first_step = state_.step;
  const LearningRate rate{options_.learning_rate, options_.warmup_steps, options_.final_lr_ratio};
  while (state_.step < outcome.steps) {
    Deal(state_.step);
    const double loss = Learn(rate.At(state_.step, outcome.steps));
    if (!std::isfinite(loss)) {
      return InvalidArgument(
          fmt::format("the loss of step {} of {} is {}; try a learning rate "
                      "below {}",
                      state_.step + 1, outcome.steps, loss, options_.learning_rate));
    }
    state_.losses.push_back(static_cast<float>(loss));
    ++state_.step;
    if (!proceed(Describe(state_.step - 1, outcome.steps)) && state_.step < outcome.steps) {
      FW_TRY(Save());
      return CancelledError(fmt::format("stopped after step {} of {}", state_.step, outcome.steps));
    }
    if (options_.checkpoint_every > 0 && state_.step % options_.checkpoint_every == 0 &&
        state_.step < outcome.steps) {
      FW_TRY(Save());
    }
  }
  for (int64_t step = 0; step < outcome.steps; ++step) {
    outcome.curve.push_back(Describe(step, outcome.steps));
  }
  return outcome;
}

}  // namespace

int64_t StepsOf(const TrainOptions& options, int64_t rows) {
  return StepsAnEpoch(options, rows) * options.epochs;
}

Result<TrainOutcome> TrainLanguage(LlavaModel* model, const FeatureCache& features,
                                   const std::vector<TrainingRow>& rows,
                                   const TrainOptions& options,
                                   const std::function<bool(const TrainStep&)>& proceed) {
  if (rows.empty()) return InvalidArgument("the training set has no rows");
  Run run(&model->parts(), features, rows, options);
  return run.Train(proceed);
}

}  // namespace flywheel::llava
