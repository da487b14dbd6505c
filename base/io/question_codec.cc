// The half of record_codec.h about questions and answers.
#include <fmt/format.h>

#include <set>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel {
namespace {

using nlohmann::json;

Status CheckQuestion(const Question& question) {
  const auto wrong = [&](std::string_view problem) {
    return InvalidArgument(fmt::format("question '{}': {}", question.question_id, problem));
  };
  if (question.question_id.empty()) return wrong("question_id is empty, expected an id");
  if (question.question.empty()) return wrong("question is empty, expected a text");
  if (question.choices.size() < 2) {
    return wrong(fmt::format("{} choices, expected at least 2", question.choices.size()));
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < question.choices.size(); ++i) {
    if (question.choices[i].empty()) return wrong(fmt::format("choices[{}] is empty", i));
    if (!seen.insert(question.choices[i]).second) {
      return wrong(fmt::format("choices[{}] '{}' occurs twice", i, question.choices[i]));
    }
  }
  if (question.answer < 0 || static_cast<size_t>(question.answer) >= question.choices.size()) {
    return wrong(
        fmt::format("answer {}, expected 0 to {}", question.answer, question.choices.size() - 1));
  }
  if (question.question_type_id < kFirstImageType || question.question_type_id > kLastImageType) {
    return wrong(fmt::format("question_type_id {}, expected {} to {}", question.question_type_id,
                             kFirstImageType, kLastImageType));
  }
  return OkStatus();
}

// Every line of a JSONL file through `from_json`.
template <typename T>
Result<std::vector<T>> ReadRecords(const std::string& path, Result<T> (*from_json)(const json&)) {
  std::vector<T> records;
  FW_TRY(ForEachLine(path, [&](std::string_view line, int64_t) -> Status {
    FW_ASSIGN(const json value, ParseJson(line, "line"));
    FW_ASSIGN(T record, from_json(value));
    records.push_back(std::move(record));
    return OkStatus();
  }));
  return records;
}

template <typename T>
Status WriteRecords(const std::string& path, const std::vector<T>& records) {
  std::string text;
  for (const T& record : records) text += CanonicalJson(ToJson(record)) + "\n";
  return WriteFileAtomic(path, text);
}

}  // namespace

json ToJson(const Question& question) {
  return {{"question_id", question.question_id},
          {"question_type_id", question.question_type_id},
          {"question", question.question},
          {"choices", question.choices},
          {"answer", question.answer},
          {"image", question.image},
          {"group", question.group}};
}

Result<Question> QuestionFromJson(const json& value) {
  Question question;
  JsonObjectReader reader(value, "question");
  reader.Required("question_id", &question.question_id);
  reader.Required("question_type_id", &question.question_type_id);
  reader.Required("question", &question.question);
  reader.Required("choices", &question.choices);
  reader.Required("answer", &question.answer);
  reader.Optional("image", &question.image);
  reader.Optional("group", &question.group);
  FW_TRY(reader.Finish());
  FW_TRY(CheckQuestion(question));
  return question;
}

json ToJson(const Answer& answer) {
  return {{"question_id", answer.question_id},
          {"question_type_id", answer.question_type_id},
          {"group", answer.group},
          {"answer", answer.answer},
          {"choice", answer.choice},
          {"scores", answer.scores}};
}

Result<Answer> AnswerFromJson(const json& value) {
  Answer answer;
  JsonObjectReader reader(value, "answer");
  reader.Required("question_id", &answer.question_id);
  reader.Required("question_type_id", &answer.question_type_id);
  reader.Optional("group", &answer.group);
  reader.Required("answer", &answer.answer);
  reader.Required("choice", &answer.choice);
  reader.Required("scores", &answer.scores);
  const auto index = [&](std::string_view name, int at) {
    if (at < 0 || static_cast<size_t>(at) >= answer.scores.size()) {
      reader.Fail(name,
                  fmt::format("{}, expected an index into {} scores", at, answer.scores.size()));
    }
  };
  index("answer", answer.answer);
  index("choice", answer.choice);
  FW_TRY(reader.Finish());
  return answer;
}

Result<std::vector<Question>> ReadQuestions(const std::string& path) {
  return ReadRecords<Question>(path, &QuestionFromJson);
}

Result<std::vector<Answer>> ReadAnswers(const std::string& path) {
  return ReadRecords<Answer>(path, &AnswerFromJson);
}

Status WriteQuestions(const std::string& path, const std::vector<Question>& questions) {
  return WriteRecords(path, questions);
}

Status WriteAnswers(const std::string& path, const std::vector<Answer>& answers) {
  return WriteRecords(path, answers);
}

}  // namespace flywheel
