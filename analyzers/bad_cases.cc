#include "analyzers/bad_cases.h"

#include <fmt/format.h>

namespace flywheel {
namespace {

Status CheckFits(const Question& question, const Answer& answer) {
  if (answer.question_id != question.question_id) {
    return InvalidArgument(fmt::format("expected the answer to question '{}', found one to '{}'",
                                       question.question_id, answer.question_id));
  }
  if (answer.answer != question.answer) {
    return InvalidArgument(fmt::format("question '{}' has right choice {}, its answer says {}",
                                       question.question_id, question.answer, answer.answer));
  }
  if (answer.scores.size() != question.choices.size()) {
    return InvalidArgument(fmt::format("question '{}' has {} choices, its answer {} scores",
                                       question.question_id, question.choices.size(),
                                       answer.scores.size()));
  }
  if (answer.choice < 0 || answer.choice >= static_cast<int>(question.choices.size())) {
    return InvalidArgument(fmt::format("answer to question '{}': choice {} of {}",
                                       question.question_id, answer.choice,
                                       question.choices.size()));
  }
  return OkStatus();
}

}  // namespace

Result<std::vector<BadCase>> FindBadCases(const std::vector<Question>& questions,
                                          const std::vector<Answer>& answers) {
  if (questions.size() != answers.size()) {
    return InvalidArgument(fmt::format("expected an answer to each of {} questions, found {}",
                                       questions.size(), answers.size()));
  }
  std::vector<BadCase> bad_cases;
  for (size_t i = 0; i < questions.size(); ++i) {
    const Answer& answer = answers[i];
    FW_TRY(CheckFits(questions[i], answer));
    if (answer.correct()) continue;
    const double right = answer.scores[static_cast<size_t>(answer.answer)];
    const double taken = answer.scores[static_cast<size_t>(answer.choice)];
    bad_cases.push_back({questions[i], answer.choice, right - taken});
  }
  return bad_cases;
}

}  // namespace flywheel
