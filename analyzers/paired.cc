#include "analyzers/paired.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "analyzers/mcnemar.h"

namespace flywheel {

Result<PairedTest> PairAnswers(const std::vector<Answer>& champion,
                               const std::vector<Answer>& candidate) {
  struct Seen {
    const Answer* champion = nullptr;
    bool paired = false;
  };
  std::unordered_map<std::string_view, Seen> by_id;
  for (const Answer& answer : champion) {
    if (!by_id.emplace(answer.question_id, Seen{.champion = &answer}).second) {
      return InvalidArgument(
          fmt::format("the champion answered question '{}' twice", answer.question_id));
    }
  }
  PairedTest test;
  for (const Answer& answer : candidate) {
    const auto found = by_id.find(answer.question_id);
    if (found == by_id.end()) {
      return InvalidArgument(fmt::format(
          "the candidate answered question '{}', the champion did not", answer.question_id));
    }
    Seen& seen = found->second;
    if (seen.paired) {
      return InvalidArgument(
          fmt::format("the candidate answered question '{}' twice", answer.question_id));
    }
    if (seen.champion->answer != answer.answer) {
      return InvalidArgument(fmt::format(
          "the right answer to question '{}' is choice {} for the champion, {} for the candidate",
          answer.question_id, seen.champion->answer, answer.answer));
    }
    seen.paired = true;
    ++test.n;
    if (answer.correct() && !seen.champion->correct()) ++test.fixed;
    if (!answer.correct() && seen.champion->correct()) ++test.broken;
  }
  for (const Answer& answer : champion) {
    if (!by_id.at(answer.question_id).paired) {
      return InvalidArgument(fmt::format(
          "the champion answered question '{}', the candidate did not", answer.question_id));
    }
  }
  test.p_value = McNemarOneSided(test.fixed, test.broken);
  return test;
}

}  // namespace flywheel
