// The rules that tell a question's type by its words, in order: the first that fits decides. A
// question that none fits goes to the linear model (type_model.h). Types as SEED-Bench-1 defines
// its image types 1 to 9; 0 is everything it has no type for: captions, boxes, transcription,
// charts, school knowledge, writing. What the phrases mean: word_phrases.h.
#pragma once

#include <span>
#include <string_view>

#include "pool/text/word_phrases.h"

namespace flywheel {

struct QuestionRule {
  std::string_view name;  // unique; says what the rule sees
  int type = 0;           // 0 to 9
  float score = 0;        // how sure: 0 to 1
  std::string_view phrases;
};

std::span<const QuestionRule> QuestionRules();
// The classes of words that the rules name.
std::span<const WordClass> QuestionWordClasses();

}  // namespace flywheel
