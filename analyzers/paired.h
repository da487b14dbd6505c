// Two models on the same questions: what the candidate fixed and broke, and McNemar's test of it.
#pragma once

#include <vector>

#include "base/records/question.h"
#include "base/records/summaries.h"
#include "base/result.h"

namespace flywheel {

// Pairs by question id; the order of either list does not matter. INVALID_ARGUMENT when an id
// occurs twice, when one model answered a question that the other did not, or when the two disagree
// about what the right answer is.
Result<PairedTest> PairAnswers(const std::vector<Answer>& champion,
                               const std::vector<Answer>& candidate);

}  // namespace flywheel
