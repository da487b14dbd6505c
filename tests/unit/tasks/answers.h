// Questions and answers for tests of the tasks that read them.
#pragma once

#include <string>
#include <vector>

#include "base/records/question.h"

namespace flywheel {

// "<prefix>0", "<prefix>1", ...: one question for each character of `pattern`, types 1 to 9 in
// turn.
std::vector<Question> MakeQuestions(const std::string& prefix, const std::string& pattern);
// Their answers: right where the pattern has '+', else the option after the right one, which scores
// 0.5 better.
std::vector<Answer> MakeAnswers(const std::string& prefix, const std::string& pattern);

std::string QuestionLines(const std::vector<Question>& questions);
std::string AnswerLines(const std::vector<Answer>& answers);

}  // namespace flywheel
