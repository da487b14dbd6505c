// How well question types are told on labelled questions: rules alone, model alone, and both as
// they are used, as Markdown tables. Says nothing of questions that are not like these.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "pool/text/question_type.h"
#include "pool/training/labelled_questions.h"

namespace flywheel {

// Counts by true type and told type; the last column counts questions that no rule decided.
struct TypeConfusion {
  static constexpr size_t kUndecided = kTypeClasses;

  std::array<std::array<int, kTypeClasses + 1>, kTypeClasses> counts{};

  int Right() const;
  int All() const;
  int Told(size_t type) const;      // column sum
  int Labelled(size_t type) const;  // row sum
  double Accuracy() const;
};

inline constexpr float kSureScore = 0.6F;

struct TypeReport {
  TypeConfusion rules, model, both;
  TypeConfusion sure;                 // both, where a score below kSureScore counts as undecided
  std::vector<std::string> mistakes;  // of both: "3, told 2 by kind of thing (0.70): question"
};

TypeReport MeasureTagger(const QuestionTagger& tagger,
                         const std::vector<LabelledQuestion>& questions);

// The accuracies, precision and recall by type, and the confusion matrix of both.
std::string FormatTypeReport(const TypeReport& report);

}  // namespace flywheel
