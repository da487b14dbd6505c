// The question type of a pool sample: which of SEED-Bench-1's image types 1 to 9 its first question
// asks for, or none, and how sure that is. Rules over the words first (question_rules.h), then a
// linear model (type_model.h). Looks at text only, and at English only; never at the image.
#pragma once

#include <string>
#include <string_view>

#include "pool/text/question_text.h"
#include "pool/text/type_model.h"
#include "pool/text/word_phrases.h"

namespace flywheel {

// What decided when no rule did.
inline constexpr std::string_view kDecidedByModel = "model";
inline constexpr std::string_view kDecidedByNoImage = "no image";
inline constexpr std::string_view kDecidedByNoWords = "no words";

struct QuestionTypeTag {
  int type = 0;                 // 1 to 9, or 0: none of them
  float score = 0;              // confidence, 0 to 1
  std::string_view decided_by;  // the name of a rule, or one of the above

  bool operator==(const QuestionTypeTag&) const = default;
};

// Made once, used by any number of threads.
class QuestionTagger {
 public:
  explicit QuestionTagger(TypeModel model);

  // Of a sample: its image as its file says, empty for text only (always type 0), and the value of
  // its first human turn.
  QuestionTypeTag Tag(std::string_view image, std::string_view human_turn) const;

  // The two halves, for measuring them apart. The first is of type 0 with an empty `decided_by`
  // where no rule fits.
  QuestionTypeTag TagByRules(const QuestionText& question) const;
  QuestionTypeTag TagByModel(const QuestionText& question) const;

  // 16 hex digits, another for every change of rules or weights: a stored tag with another version
  // is out of date.
  const std::string& version() const { return version_; }

 private:
  TypeModel model_;
  WordPhrases phrases_;
  std::string version_;
};

}  // namespace flywheel
