// The questions a model got wrong, and how: which option it took and by how much. They steer what
// is generated next, so only the steer split may be asked for them.
#pragma once

#include <vector>

#include "base/records/question.h"
#include "base/result.h"

namespace flywheel {

struct BadCase {
  Question question;
  int choice = 0;     // the wrong option taken
  double margin = 0;  // score of the right option minus that of the taken one: not positive

  bool operator==(const BadCase&) const = default;
};

// In question order. `answers` must hold exactly one answer to each question, in question order, as
// the score task writes them; INVALID_ARGUMENT names the first that does not fit.
Result<std::vector<BadCase>> FindBadCases(const std::vector<Question>& questions,
                                          const std::vector<Answer>& answers);

}  // namespace flywheel
