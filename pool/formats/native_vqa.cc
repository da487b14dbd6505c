#include "pool/formats/native_vqa.h"

#include <fmt/format.h>

#include <unordered_map>

#include "pool/formats/json_members.h"
#include "pool/formats/native_members.h"

namespace flywheel {
namespace {

using nlohmann::json;

// DataOptim's, so that rows from here and from its pool are of one kind.
constexpr std::string_view kPrompt =
    "Answer the question directly with a short sentence or phrase.";

struct AnswerOf {
  std::string text;
  bool used = false;
};
using Answers = std::unordered_map<int64_t, AnswerOf>;

Result<Answers> ReadAnswers(const std::string& path) {
  Answers answers;
  FW_TRY(ForEachMemberElement(
      path, {"annotations", RestOfFile::kRead}, [&answers](const json& one, int64_t) -> Status {
        FW_ASSIGN(const int64_t id, NativeId(one, "question_id"));
        FW_ASSIGN(std::string text, NativeText(one, "multiple_choice_answer"));
        if (answers.emplace(id, AnswerOf{std::move(text)}).second) return OkStatus();
        return InvalidArgument(fmt::format("question_id: {} has come before", id));
      }));
  return answers;
}

Result<LlavaRow> RowOf(const json& asked, const std::string& subtype, const NativeOptions& options,
                       Answers* answers) {
  FW_ASSIGN(const int64_t id, NativeId(asked, "question_id"));
  FW_ASSIGN(const int64_t image, NativeId(asked, "image_id"));
  FW_ASSIGN(const std::string question, NativeText(asked, "question"));
  const auto answer = answers->find(id);
  if (answer == answers->end()) {
    return InvalidArgument(fmt::format("question_id: {} has no answer in the annotations", id));
  }
  if (answer->second.used) {
    return InvalidArgument(fmt::format("question_id: {} has come before", id));
  }
  answer->second.used = true;
  LlavaRow row;
  row.id = fmt::format("{}_{}", options.id_prefix, id);
  row.image = NativeImage(options, fmt::format("COCO_{}_{:012}.jpg", subtype, image));
  row.conversations = {{"human", fmt::format("{}\n{} {}", kImageToken, question, kPrompt)},
                       {"gpt", answer->second.text}};
  return row;
}

}  // namespace

Result<NativeCounts> ForEachVqaQuestion(const VqaFiles& files, const NativeOptions& options,
                                        const NativeSink& sink) {
  FW_ASSIGN(const std::string subtype, ReadMemberText(files.questions, "data_subtype"));
  FW_ASSIGN(Answers answers, ReadAnswers(files.annotations));
  NativeCounts counts;
  FW_TRY(ForEachMemberElement(
      files.questions, {"questions", RestOfFile::kRead}, [&](const json& asked, int64_t index) {
        return DeliverNativeRow(sink, NativePlace("questions", index, asked, "question_id"),
                                RowOf(asked, subtype, options, &answers), &counts);
      }));
  for (const auto& [id, answer] : answers) counts.unused += answer.used ? 0 : 1;
  return counts;
}

}  // namespace flywheel
