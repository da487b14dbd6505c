// The README.md beside a base model: what it knows, and how it was made, so that anyone can make it
// again. Figures come from the run itself.
#pragma once

#include <string>
#include <vector>

#include "generators/base_mixture.h"
#include "workers/llava/tower_trainer.h"
#include "workers/pretrain/exam.h"

namespace flywheel::pretrain {

struct ModelCard {
  uint64_t seed = 0;
  int threads = 0;
  int64_t vocabulary = 0;
  llava::TowerOptions tower;
  std::vector<llava::DenseHead> heads;
  std::vector<double> head_accuracy;
  BaseMixture mixture;
  int64_t base_steps = 0;
  int64_t base_epochs = 0;
  double base_learning_rate = 0;
  int64_t exam_questions = 0;
  ExamResult exam;
  std::string weights_digest;    // SHA-256 of model.safetensors
  std::string tokenizer_digest;  // SHA-256 of tokenizer.model
  int64_t weights_bytes = 0;
};

std::string FormatModelCard(const ModelCard& card);

}  // namespace flywheel::pretrain
