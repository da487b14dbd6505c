// Answer ranking: the log-likelihood of each option of a question, given the image. Image and
// question are computed once for all options. Chooses nothing: the caller compares the scores.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "workers/llava/features.h"
#include "workers/llava/llava_model.h"
#include "workers/llava/samples.h"

namespace flywheel::llava {

enum class ScoreKind {
  kMean,  // mean log-likelihood of an option's tokens
  kSum,   // their sum
};

struct ScoreOptions {
  ScoreKind kind = ScoreKind::kMean;
  int64_t batch_questions = 32;
  int threads = 1;
  // Called between batches with the number of questions done; false ends with CANCELLED.
  std::function<bool(int64_t)> proceed;
};

// Scores by question and option, in the order of `questions`. Questions of one image are computed
// together when they are neighbours.
Result<std::vector<std::vector<double>>> ScoreQuestions(
    const LlavaModel& model, const FeatureCache& features,
    const std::vector<OptionQuestion>& questions, const ScoreOptions& options);

}  // namespace flywheel::llava
