#include "workers/llava/tower_trainer.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "base/rng.h"
#include "workers/llava/model_parts.h"
#include "workers/llava/optimizer.h"
#include "workers/llava/pixels.h"
#include "workers/llava/replica_threads.h"
#include "workers/llava/vision_tower.h"

namespace flywheel::llava {
namespace {

// The last batches tell how good the tower became: these many samples it was not trained on.
constexpr int64_t kCheckedSamples = 1024;
constexpr int64_t kCheckedBatch = 16;

ParameterBuffer MakeHeads(const LlavaConfig& config, const std::vector<DenseHead>& heads) {
  int64_t classes = 0;
  for (const DenseHead& head : heads) classes += head.classes;
  const int64_t width = config.vision.hidden_size;
  return ParameterBuffer(
      {{"weight", {classes, width}, Initial::kNormal, 1 / std::sqrt(static_cast<double>(width))},
       {"bias", {classes}, Initial::kZero}});
}

struct Batch {
  at::Tensor images;
  // By head: rows of the features and their labels.
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::vector<int64_t>> labels;
};

Batch MakeBatch(const LlavaConfig& config, size_t heads, const DenseSource& source,
                const std::vector<int64_t>& indices) {
  const int64_t side = config.vision.image_size;
  const auto bytes = static_cast<size_t>(side * side * 3);
  std::vector<uint8_t> rgb(indices.size() * bytes);
  Batch batch;
  batch.rows.resize(heads);
  batch.labels.resize(heads);
  std::vector<DenseTarget> targets;
  for (size_t i = 0; i < indices.size(); ++i) {
    targets.clear();
    source(indices[i], std::span(rgb).subspan(i * bytes, bytes), &targets);
    for (const DenseTarget& target : targets) {
      const auto head = static_cast<size_t>(target.head);
      batch.rows[head].push_back(static_cast<int64_t>(i) * config.vision.patches() + target.patch);
      batch.labels[head].push_back(target.label);
    }
  }
  batch.images = ImagesToTensor(rgb, static_cast<int64_t>(indices.size()), side);
  return batch;
}

struct Replica {
  Replica(const ModelParts& parts, const ParameterBuffer& heads)
      : statistics(VisionStatistics(parts.config)),
        tower_gradients(at::zeros_like(parts.vision.flat())),
        head_gradients(at::zeros_like(heads.flat())),
        tower(parts.config, ParameterViews(parts.vision, tower_gradients), statistics),
        weight(ParameterViews(heads, head_gradients).Get("weight")),
        bias(ParameterViews(heads, head_gradients).Get("bias")) {
    statistics.Initialise(0);
  }

  ParameterBuffer statistics;  // each replica's own; averaged at the end
  at::Tensor tower_gradients;
  at::Tensor head_gradients;
  VisionTower tower;
  at::Tensor weight;
  at::Tensor bias;
  double loss = 0;
};

at::Tensor DenseLoss(const at::Tensor& logits, const std::vector<DenseHead>& heads,
                     const Batch& batch) {
  at::Tensor loss = at::zeros({});
  int64_t column = 0;
  for (size_t h = 0; h < heads.size(); ++h) {
    const int64_t classes = heads[h].classes;
    if (!batch.rows[h].empty()) {
      const at::Tensor chosen = at::index_select(logits.narrow(1, column, classes), 0,
                                                 at::tensor(batch.rows[h], at::kLong));
      const at::Tensor class_weights = heads[h].class_weights.empty()
                                           ? at::Tensor()
                                           : at::tensor(heads[h].class_weights, at::kFloat);
      loss = loss +
             at::cross_entropy_loss(chosen, at::tensor(batch.labels[h], at::kLong), class_weights) *
                 heads[h].weight;
    }
    column += classes;
  }
  return loss;
}

void Learn(const std::vector<DenseHead>& heads, const Batch& batch, double share,
           Replica* replica) {
  const at::Tensor features =
      replica->tower.Forward(batch.images, VisionTower::Mode::kTrain);  // [B * P, D]
  const at::Tensor logits =
      at::addmm(replica->bias, features, replica->weight.t());  // [B * P, all classes]
  const at::Tensor loss = DenseLoss(logits, heads, batch) * share;
  torch::autograd::backward({loss}, {});
  replica->loss = static_cast<double>(loss.item<float>());
}

void AverageStatistics(const std::vector<std::unique_ptr<Replica>>& replicas,
                       const ParameterBuffer& out) {
  for (int64_t i = 0; i < out.count(); ++i) {
    double sum = 0;
    for (const auto& replica : replicas) sum += static_cast<double>(replica->statistics.data()[i]);
    out.data()[i] = static_cast<float>(sum / static_cast<double>(replicas.size()));
  }
}

std::vector<double> Check(const ModelParts& parts, const std::vector<DenseHead>& heads,
                          const ParameterBuffer& head_parameters, const DenseSource& source,
                          int64_t first) {
  const at::NoGradGuard no_grad;
  const VisionTower tower(parts.config, ParameterViews(parts.vision), parts.statistics);
  std::vector<double> right(heads.size());
  std::vector<double> all(heads.size());
  for (int64_t begin = 0; begin < kCheckedSamples; begin += kCheckedBatch) {
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < kCheckedBatch; ++i) indices.push_back(first + begin + i);
    const Batch batch = MakeBatch(parts.config, heads.size(), source, indices);
    const at::Tensor features = tower.Forward(batch.images, VisionTower::Mode::kEvaluate);
    const at::Tensor logits =
        at::addmm(head_parameters.Get("bias"), features, head_parameters.Get("weight").t());
    int64_t column = 0;
    for (size_t h = 0; h < heads.size(); ++h) {
      if (!batch.rows[h].empty()) {
        const at::Tensor chosen = at::index_select(logits.narrow(1, column, heads[h].classes), 0,
                                                   at::tensor(batch.rows[h], at::kLong))
                                      .argmax(1);
        right[h] += static_cast<double>(
            chosen.eq(at::tensor(batch.labels[h], at::kLong)).sum().item<int64_t>());
        all[h] += static_cast<double>(batch.rows[h].size());
      }
      column += heads[h].classes;
    }
  }
  for (size_t h = 0; h < heads.size(); ++h) right[h] /= std::max(1.0, all[h]);
  return right;
}

}  // namespace

Status TrainTower(LlavaModel* model, const std::vector<DenseHead>& heads, const DenseSource& source,
                  const TowerOptions& options,
                  const std::function<void(const TowerStep&)>& progress,
                  std::vector<double>* accuracy_by_head) {
  ModelParts& parts = model->parts();
  ParameterBuffer head_parameters = MakeHeads(parts.config, heads);
  head_parameters.Initialise(DeriveSeed(options.seed, "heads"));
  ReplicaThreads threads(options.threads);
  std::vector<std::unique_ptr<Replica>> replicas;
  std::vector<at::Tensor> tower_gradients;
  std::vector<at::Tensor> head_gradients;
  for (int i = 0; i < options.threads; ++i) {
    replicas.push_back(std::make_unique<Replica>(parts, head_parameters));
    tower_gradients.push_back(replicas.back()->tower_gradients);
    head_gradients.push_back(replicas.back()->head_gradients);
  }
  Optimizer tower_optimizer(parts.vision, {.weight_decay = options.weight_decay});
  Optimizer head_optimizer(head_parameters, {.weight_decay = options.weight_decay});
  const LearningRate rate{options.learning_rate, options.warmup_steps, options.final_lr_ratio};
  Rng rng(DeriveSeed(options.seed, "samples"));
  for (int64_t step = 0; step < options.steps; ++step) {
    std::vector<std::vector<int64_t>> indices(replicas.size());
    for (int64_t i = 0; i < options.batch_size; ++i) {
      indices[static_cast<size_t>(i) % replicas.size()].push_back(
          static_cast<int64_t>(rng.Below(static_cast<uint64_t>(options.samples))));
    }
    threads.Run([&](int index) {
      const auto at = static_cast<size_t>(index);
      if (indices[at].empty()) return;
      const Batch batch = MakeBatch(parts.config, heads.size(), source, indices[at]);
      const double share =
          static_cast<double>(indices[at].size()) / static_cast<double>(options.batch_size);
      Learn(heads, batch, share, replicas[at].get());
    });
    double loss = 0;
    for (const auto& replica : replicas) loss += replica->loss;
    if (!std::isfinite(loss)) {
      return InvalidArgument(
          fmt::format("the loss of step {} of {} is {}", step + 1, options.steps, loss));
    }
    tower_optimizer.Step(rate.At(step, options.steps), tower_gradients, &threads);
    head_optimizer.Step(rate.At(step, options.steps), head_gradients, &threads);
    progress({step + 1, options.steps, loss});
  }
  AverageStatistics(replicas, parts.statistics);
  *accuracy_by_head = Check(parts, heads, head_parameters, source, options.samples);
  return OkStatus();
}

}  // namespace flywheel::llava
