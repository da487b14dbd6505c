// What the model is trained on and asked, as token ids: turns of question and answer behind an
// image, and questions with options. Where texts become tokens is tokenizer.h's business.
#pragma once

#include <cstdint>
#include <vector>

namespace flywheel::llava {

struct Turn {
  std::vector<int32_t> prompt;  // <bos> question <ans>
  std::vector<int32_t> answer;  // answer <eos>
  bool operator==(const Turn&) const = default;
};

struct TrainingRow {
  int32_t image = 0;  // index into the features
  std::vector<Turn> turns;
  bool operator==(const TrainingRow&) const = default;
};

struct OptionQuestion {
  int32_t image = 0;
  std::vector<int32_t> prompt;                // <bos> question <ans>
  std::vector<std::vector<int32_t>> options;  // tokens of each, without <eos>
  bool operator==(const OptionQuestion&) const = default;
};

}  // namespace flywheel::llava
