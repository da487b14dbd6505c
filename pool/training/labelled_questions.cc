#include "pool/training/labelled_questions.h"

#include <fmt/format.h>

#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/text/type_model.h"

namespace flywheel {
namespace {

Result<LabelledQuestion> ParseLine(std::string_view line) {
  FW_ASSIGN(const nlohmann::json value, ParseJson(line, "line"));
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", value.type_name()));
  }
  JsonObjectReader reader(value, "question");
  LabelledQuestion question;
  reader.Required("question", &question.question);
  reader.Required("type", &question.type);
  if (question.type < 0 || question.type >= static_cast<int>(kTypeClasses)) {
    reader.Fail("type", fmt::format("is {}, expected 0 to 9", question.type));
  }
  FW_TRY(reader.Finish());
  return question;
}

}  // namespace

Result<std::vector<LabelledQuestion>> ReadLabelledQuestions(const std::string& path) {
  std::vector<LabelledQuestion> questions;
  FW_TRY(ForEachLine(path, [&](std::string_view line, int64_t) -> Status {
    FW_ASSIGN(LabelledQuestion question, ParseLine(line));
    questions.push_back(std::move(question));
    return OkStatus();
  }));
  if (questions.empty()) return InvalidArgument(path + ": no questions, expected some");
  return questions;
}

Status WriteLabelledQuestions(const std::string& path,
                              const std::vector<LabelledQuestion>& questions) {
  std::string text;
  for (const LabelledQuestion& one : questions) {
    text += CanonicalJson({{"question", one.question}, {"type", one.type}});
    text += '\n';
  }
  return WriteFileAtomic(path, text);
}

}  // namespace flywheel
