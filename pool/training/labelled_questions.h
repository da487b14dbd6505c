// Questions whose type is known: {"question", "type"}, one JSON object a line. What the model of
// question types learns from and is measured on.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace flywheel {

struct LabelledQuestion {
  std::string question;  // a whole human turn, prompt and options included
  int type = 0;          // 1 to 9, 0 for none

  bool operator==(const LabelledQuestion&) const = default;
};

// INVALID_ARGUMENT names file, line and member.
Result<std::vector<LabelledQuestion>> ReadLabelledQuestions(const std::string& path);
Status WriteLabelledQuestions(const std::string& path,
                              const std::vector<LabelledQuestion>& questions);

}  // namespace flywheel
