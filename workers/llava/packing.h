// Packing: many images with the texts that ask about them become one line of tokens and the plan of
// who sees whom. First come the image tokens of all images, then the texts. A text sees its image
// and its own past, never another text, so several questions pay for their image once, and training
// sees exactly what a single question would.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "workers/llava/attention.h"
#include "workers/llava/config.h"
#include "workers/llava/samples.h"

namespace flywheel::llava {

struct PackedBatch {
  int64_t images = 0;
  at::Tensor token_ids;                                            // [T] text tokens, int64
  std::shared_ptr<const std::vector<int32_t>> positions;           // of all N tokens
  std::shared_ptr<const std::vector<int32_t>> selected_positions;  // of the selected ones
  std::shared_ptr<const AttentionPlan> plan;
  std::shared_ptr<const AttentionPlan> last_plan;  // queries are the selected tokens only
  at::Tensor selected;  // [S] rows among N that predict a wanted token, int64
  at::Tensor targets;   // [S] the wanted tokens, int64
};

// Rows with their turns, as training wants them: every answer token is predicted.
PackedBatch PackTurns(const LlavaConfig& config, std::span<const TrainingRow* const> rows);

// A token of an option: which selected token predicts it.
struct OptionToken {
  int64_t selected = 0;
  int32_t token = 0;
};
struct PackedQuestions {
  PackedBatch batch;                                           // without targets
  std::vector<std::vector<std::vector<OptionToken>>> options;  // question, option, token
};
// `images[i]` holds the questions of the i-th image; the result counts them in that order. All
// options of a question branch off after its prompt, which is computed once.
PackedQuestions PackQuestions(const LlavaConfig& config,
                              std::span<const std::vector<const OptionQuestion*>> images);

}  // namespace flywheel::llava
