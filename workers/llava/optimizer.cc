#include "workers/llava/optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "workers/llava/kernels.h"

namespace flywheel::llava {
namespace {

constexpr int64_t kChunk = 1 << 15;

}  // namespace

double LearningRate::At(int64_t step, int64_t steps) const {
  if (step < warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  }
  const double left = static_cast<double>(std::max<int64_t>(1, steps - warmup_steps));
  const double done = static_cast<double>(step - warmup_steps) / left;
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, done)));
  return peak * (final_ratio + (1 - final_ratio) * cosine);
}

Optimizer::Optimizer(const ParameterBuffer& parameters, OptimizerOptions options)
    : parameters_(parameters),
      options_(options),
      momentum_(at::zeros_like(parameters.flat())),
      variance_(at::zeros_like(parameters.flat())) {
  for (const ParameterSpec& spec : parameters.specs()) {
    const int64_t begin = parameters.offset(spec.name);
    const int64_t end = begin + spec.count();
    for (int64_t at = begin; at < end; at += kChunk) {
      chunks_.push_back({at, std::min(end, at + kChunk), spec.decays()});
    }
  }
}

double Optimizer::Step(double learning_rate, const std::vector<at::Tensor>& gradients,
                       ReplicaThreads* threads) {
  const auto stride = static_cast<size_t>(threads->count());
  std::vector<double> squares(chunks_.size());
  float* sum = gradients[0].data_ptr<float>();
  threads->Run([&](int thread) {
    for (size_t c = static_cast<size_t>(thread); c < chunks_.size(); c += stride) {
      const auto [begin, end, decays] = chunks_[c];
      for (size_t r = 1; r < gradients.size(); ++r) {
        float* other = gradients[r].data_ptr<float>() + begin;
        kernels::Add(other, end - begin, sum + begin);
        std::memset(other, 0, static_cast<size_t>(end - begin) * sizeof(float));
      }
      squares[c] = kernels::SumOfSquares(sum + begin, end - begin);
    }
  });
  double total = 0;
  for (double square : squares) total += square;
  const double norm = std::sqrt(total);
  ++steps_;
  kernels::AdamWStep step;
  step.learning_rate = static_cast<float>(learning_rate);
  step.beta1 = static_cast<float>(options_.beta1);
  step.beta2 = static_cast<float>(options_.beta2);
  step.epsilon = static_cast<float>(options_.epsilon);
  step.gradient_scale = static_cast<float>(std::min(1.0, options_.max_grad_norm / (norm + 1e-6)));
  step.correction1 = static_cast<float>(1 - std::pow(options_.beta1, static_cast<double>(steps_)));
  step.correction2 = static_cast<float>(1 - std::pow(options_.beta2, static_cast<double>(steps_)));
  threads->Run([&](int thread) {
    for (size_t c = static_cast<size_t>(thread); c < chunks_.size(); c += stride) {
      const auto [begin, end, decays] = chunks_[c];
      kernels::AdamWStep mine = step;
      mine.weight_decay = decays ? static_cast<float>(options_.weight_decay) : 0;
      kernels::AdamWUpdate(mine, sum + begin, end - begin, parameters_.data() + begin,
                           momentum_.data_ptr<float>() + begin,
                           variance_.data_ptr<float>() + begin);
      std::memset(sum + begin, 0, static_cast<size_t>(end - begin) * sizeof(float));
    }
  });
  return norm;
}

}  // namespace flywheel::llava
