#include "pool/training/type_trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "pool/text/question_text.h"

namespace flywheel {
namespace {

constexpr float kEpsilon = 1e-6F;
constexpr float kMostByte = 127;

using Scores = std::array<float, kTypeClasses>;

struct Example {
  std::vector<uint16_t> features;
  size_t type = 0;
};

class Learner {
 public:
  explicit Learner(const TypeTraining& training)
      : training_(training),
        weights_(kTypeBuckets * kTypeClasses),
        squares_(kTypeBuckets * kTypeClasses) {}

  void Learn(const Example& example) {
    const float value = 1 / std::sqrt(static_cast<float>(example.features.size()));
    Scores errors = Softmax(example.features, value);
    errors[example.type] -= 1;
    for (size_t type = 0; type < kTypeClasses; ++type) {
      Step(errors[type], &bias_[type], &bias_squares_[type]);
    }
    for (const uint16_t bucket : example.features) {
      for (size_t type = 0; type < kTypeClasses; ++type) {
        const size_t at = bucket * kTypeClasses + type;
        Step(errors[type] * value + training_.decay * weights_[at], &weights_[at], &squares_[at]);
      }
    }
  }

  TypeModel Rounded() const {
    const float most = std::accumulate(
        weights_.begin(), weights_.end(), kEpsilon,
        [](float so_far, float weight) { return std::max(so_far, std::fabs(weight)); });
    TypeModel::Parts parts{
        .weights = {}, .bias = bias_, .scale = most / kMostByte, .seed = training_.seed};
    parts.weights.reserve(weights_.size());
    for (const float weight : weights_) {
      parts.weights.push_back(static_cast<int8_t>(std::lround(weight / parts.scale)));
    }
    return TypeModel(std::move(parts));
  }

 private:
  Scores Softmax(const std::vector<uint16_t>& features, float value) const {
    Scores scores = bias_;
    for (const uint16_t bucket : features) {
      for (size_t type = 0; type < kTypeClasses; ++type) {
        scores[type] += value * weights_[bucket * kTypeClasses + type];
      }
    }
    const float most = *std::max_element(scores.begin(), scores.end());
    for (float& score : scores) score = std::exp(score - most);
    const float sum = std::accumulate(scores.begin(), scores.end(), 0.0F);
    for (float& score : scores) score /= sum;
    return scores;
  }

  void Step(float gradient, float* weight, float* square) const {
    *square += gradient * gradient;
    *weight -= training_.step * gradient / (std::sqrt(*square) + kEpsilon);
  }

  TypeTraining training_;
  std::vector<float> weights_, squares_;
  Scores bias_{}, bias_squares_{};
};

}  // namespace

TypeModel TrainTypeModel(const std::vector<LabelledQuestion>& questions,
                         const TypeTraining& training) {
  std::vector<Example> examples;
  for (const LabelledQuestion& one : questions) {
    const QuestionText text(one.question);
    if (text.words().empty()) continue;
    examples.push_back({TypeFeatures(text.words()), static_cast<size_t>(one.type)});
  }
  Learner learner(training);
  Rng rng(training.seed);
  for (int epoch = 0; epoch < training.epochs; ++epoch) {
    rng.Shuffle(examples);
    for (const Example& example : examples) learner.Learn(example);
  }
  return learner.Rounded();
}

}  // namespace flywheel
