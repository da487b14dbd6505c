// Counts right answers, in total and by question type. Numbers with their intervals and nothing
// else: what follows from them is the gate's and the weights' business.
#pragma once

#include <string>
#include <vector>

#include "base/records/question.h"
#include "base/records/summaries.h"

namespace flywheel {

// `by_type` holds the types that occur, in ascending order.
SplitAccuracy MeasureSplit(std::string split, const std::vector<Answer>& answers);

}  // namespace flywheel
