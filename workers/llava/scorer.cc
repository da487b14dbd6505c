#include "workers/llava/scorer.h"

#include <algorithm>

#include "workers/llava/language.h"
#include "workers/llava/model_parts.h"
#include "workers/llava/pixels.h"
#include "workers/llava/replica_threads.h"

namespace flywheel::llava {
namespace {

constexpr int64_t kBatchesATurn = 4;

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

void ScoreBatch(const ModelParts& parts, const FeatureCache& features,
                const std::vector<OptionQuestion>& questions, ScoreKind kind, Range range,
                std::vector<std::vector<double>>* scores) {
  const at::NoGradGuard no_grad;
  std::vector<int32_t> images;
  std::vector<std::vector<const OptionQuestion*>> by_image;
  for (size_t q = range.begin; q < range.end; ++q) {
    if (images.empty() || images.back() != questions[q].image) {
      images.push_back(questions[q].image);
      by_image.emplace_back();
    }
    by_image.back().push_back(&questions[q]);
  }
  const Language language(parts.config, parts.rotary, ParameterViews(parts.language));
  const PackedQuestions packed = PackQuestions(parts.config, by_image);
  const at::Tensor logits = language.Forward(
      GatherFeatures(features, images, parts.config.vision.hidden_size), packed.batch);  // [S, V]
  const at::Tensor log_probabilities = at::log_softmax(logits, 1);                       // [S, V]
  const float* values = log_probabilities.data_ptr<float>();
  const int64_t vocabulary = log_probabilities.size(1);
  for (size_t q = range.begin; q < range.end; ++q) {
    for (const std::vector<OptionToken>& option : packed.options[q - range.begin]) {
      double sum = 0;
      for (const OptionToken& token : option) {
        sum += static_cast<double>(values[token.selected * vocabulary + token.token]);
      }
      if (kind == ScoreKind::kMean) sum /= static_cast<double>(option.size());
      (*scores)[q].push_back(sum);
    }
  }
}

}  // namespace

Result<std::vector<std::vector<double>>> ScoreQuestions(
    const LlavaModel& model, const FeatureCache& features,
    const std::vector<OptionQuestion>& questions, const ScoreOptions& options) {
  std::vector<std::vector<double>> scores(questions.size());
  ReplicaThreads threads(options.threads);
  const auto batch = static_cast<size_t>(options.batch_questions);
  const auto stride = batch * static_cast<size_t>(options.threads);
  const size_t turn = stride * kBatchesATurn;
  for (size_t begin = 0; begin < questions.size(); begin += turn) {
    if (options.proceed && !options.proceed(static_cast<int64_t>(begin))) {
      return CancelledError("asked to stop");
    }
    const size_t end = std::min(questions.size(), begin + turn);
    threads.Run([&](int thread) {
      for (size_t at = begin + static_cast<size_t>(thread) * batch; at < end; at += stride) {
        ScoreBatch(model.parts(), features, questions, options.kind,
                   {at, std::min(end, at + batch)}, &scores);
      }
    });
  }
  return scores;
}

}  // namespace flywheel::llava
