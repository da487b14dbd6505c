#include "tests/unit/tasks/answers.h"

#include <fmt/format.h>

#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel {

std::vector<Question> MakeQuestions(const std::string& prefix, const std::string& pattern) {
  std::vector<Question> questions;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string id = fmt::format("{}{}", prefix, i);
    questions.push_back({.question_id = id,
                         .question_type_id = static_cast<int>(i % 9) + 1,
                         .question = "which one ?",
                         .choices = {"red", "green", "blue", "white"},
                         .answer = static_cast<int>(i % 4),
                         .image = "scene:" + id,
                         .group = id});
  }
  return questions;
}

std::vector<Answer> MakeAnswers(const std::string& prefix, const std::string& pattern) {
  std::vector<Answer> answers;
  const std::vector<Question> questions = MakeQuestions(prefix, pattern);
  for (size_t i = 0; i < questions.size(); ++i) {
    const Question& question = questions[i];
    Answer answer{.question_id = question.question_id,
                  .question_type_id = question.question_type_id,
                  .group = question.group,
                  .answer = question.answer,
                  .choice = question.answer,
                  .scores = {-2, -2, -2, -2}};
    if (pattern[i] != '+') answer.choice = (question.answer + 1) % 4;
    answer.scores[static_cast<size_t>(answer.choice)] = -1.5;
    answers.push_back(answer);
  }
  return answers;
}

std::string QuestionLines(const std::vector<Question>& questions) {
  std::string lines;
  for (const Question& question : questions) lines += CanonicalJson(ToJson(question)) + "\n";
  return lines;
}

std::string AnswerLines(const std::vector<Answer>& answers) {
  std::string lines;
  for (const Answer& answer : answers) lines += CanonicalJson(ToJson(answer)) + "\n";
  return lines;
}

}  // namespace flywheel
