#include "analyzers/accuracy.h"

#include <map>
#include <utility>

#include "analyzers/wilson.h"

namespace flywheel {

SplitAccuracy MeasureSplit(std::string split, const std::vector<Answer>& answers) {
  struct Count {
    int32_t n = 0;
    int32_t correct = 0;
  };
  Count total;
  std::map<int, Count> by_type;
  for (const Answer& answer : answers) {
    for (Count* count : {&total, &by_type[answer.question_type_id]}) {
      ++count->n;
      if (answer.correct()) ++count->correct;
    }
  }
  SplitAccuracy result;
  result.split = std::move(split);
  result.total = WilsonAccuracy(total.correct, total.n);
  for (const auto& [type, count] : by_type) {
    const Accuracy accuracy = WilsonAccuracy(count.correct, count.n);
    result.by_type.push_back({.type = type,
                              .name = QuestionTypeName(type),
                              .n = accuracy.n,
                              .correct = accuracy.correct,
                              .accuracy = accuracy.accuracy,
                              .low = accuracy.low,
                              .high = accuracy.high});
  }
  return result;
}

}  // namespace flywheel
