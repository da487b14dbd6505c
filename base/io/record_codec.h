// base/records to and from JSON, in protobuf's JSON form with proto field names: 64-bit integers
// are strings, absent optionals are left out. A golden test holds these equal to the protos.
#pragma once

#include <nlohmann/json.hpp>

#include "base/records/question.h"
#include "base/records/task.h"
#include "base/result.h"

namespace flywheel {

nlohmann::json ToJson(const TaskSpec& spec);
nlohmann::json ToJson(const TaskResult& result);
nlohmann::json ToJson(const TaskProgress& progress);
nlohmann::json ToJson(const Question& question);
nlohmann::json ToJson(const Answer& answer);

// INVALID_ARGUMENT names the member: "result.outputs[2].digest: expected a string".
Result<TaskSpec> TaskSpecFromJson(const nlohmann::json& value);
Result<TaskResult> TaskResultFromJson(const nlohmann::json& value);
Result<TaskProgress> TaskProgressFromJson(const nlohmann::json& value);
// Also checks the question itself: an id, text, at least two choices, none empty or double, the
// answer among them, an image type from 1 to 9.
Result<Question> QuestionFromJson(const nlohmann::json& value);
Result<Answer> AnswerFromJson(const nlohmann::json& value);

// Whole JSONL files; errors name file and line.
Result<std::vector<Question>> ReadQuestions(const std::string& path);
Result<std::vector<Answer>> ReadAnswers(const std::string& path);
Status WriteQuestions(const std::string& path, const std::vector<Question>& questions);
Status WriteAnswers(const std::string& path, const std::vector<Answer>& answers);

}  // namespace flywheel
