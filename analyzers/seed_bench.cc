#include "analyzers/seed_bench.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <set>

namespace flywheel {
namespace {

using nlohmann::json;

constexpr int kLastType = 12;  // 10 to 12 are about videos
constexpr std::array kChoiceKeys = {"choice_a", "choice_b", "choice_c", "choice_d"};

// One element of "questions", with errors that say which.
class Row {
 public:
  Row(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (const std::string id = Scalar("question_id"); !id.empty()) {
      where_ += fmt::format(" (id {})", id);
    }
  }

  Status Fail(std::string_view problem) const {
    return InvalidArgument(fmt::format("{}: {}", where_, problem));
  }
  Status Expected(const char* name, std::string_view expected) const {
    return Fail(fmt::format("{}: expected {}, found {}", name, expected, Shown(name)));
  }
  // Text, or a whole number in digits; empty when it is neither.
  std::string Scalar(const char* name) const {
    const json* member = Find(name);
    if (member == nullptr) return "";
    if (member->is_string()) return member->get<std::string>();
    return member->is_number_integer() ? member->dump() : "";
  }
  bool IsNull(const char* name) const {
    const json* member = Find(name);
    return member != nullptr && member->is_null();
  }

 private:
  const json* Find(const char* name) const {
    if (!value_.is_object()) return nullptr;
    const auto found = value_.find(name);
    return found == value_.end() ? nullptr : &*found;
  }
  std::string Shown(const char* name) const {
    const json* member = Find(name);
    return member == nullptr ? "nothing"
                             : member->dump(-1, ' ', false, json::error_handler_t::replace);
  }

  const json& value_;
  std::string where_;
};

Result<int> TypeOf(const Row& row) {
  const std::string text = row.Scalar("question_type_id");
  int type = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), type);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || type < 1 || type > kLastType) {
    return row.Expected("question_type_id", fmt::format("a type from 1 to {}", kLastType));
  }
  return type;
}

Result<Question> ReadRow(const Row& row, int type) {
  Question question;
  question.question_type_id = type;
  question.question_id = row.Scalar("question_id");
  if (question.question_id.empty()) return row.Expected("question_id", "an id");
  question.question = row.Scalar("question");
  if (question.question.empty()) return row.Expected("question", "a text");
  std::set<std::string> seen;
  for (const char* key : kChoiceKeys) {
    std::string choice = row.Scalar(key);
    if (choice.empty()) return row.Expected(key, "a text");
    if (!seen.insert(choice).second) {
      return row.Fail(fmt::format("{}: '{}' is an option before it too", key, choice));
    }
    question.choices.push_back(std::move(choice));
  }
  const std::string letter = row.Scalar("answer");
  if (letter.size() != 1 || letter[0] < 'A' || letter[0] > 'D') {
    return row.Expected("answer", "A, B, C or D");
  }
  question.answer = letter[0] - 'A';
  question.image = row.Scalar("data_id");
  if (question.image.empty() && !row.IsNull("data_id")) {
    return row.Expected("data_id", "the name of a picture");
  }
  return question;
}

// The file's own table of type names, where it has one.
Status CheckTypes(const json& file, const std::string& where) {
  const auto table = file.find("question_type");
  if (table == file.end()) return OkStatus();
  for (int type = kFirstImageType; type <= kLastImageType; ++type) {
    const auto found = table->find(QuestionTypeName(type));
    if (found == table->end() || *found == type) continue;
    return InvalidArgument(fmt::format(
        "{}: question_type: '{}' has number {}, expected {}: a version of SEED-Bench with other "
        "type numbers; take the current one",
        where, QuestionTypeName(type), found->dump(), type));
  }
  return OkStatus();
}

}  // namespace

Result<SeedBench> ReadSeedBench(const json& file, const std::string& where) {
  const auto list = file.is_object() ? file.find("questions") : file.end();
  if (!file.is_object() || list == file.end() || !list->is_array()) {
    return InvalidArgument(where + ": expected an object with the array \"questions\"");
  }
  FW_TRY(CheckTypes(file, where));
  SeedBench bench;
  std::set<std::string> ids;
  for (size_t i = 0; i < list->size(); ++i) {
    const Row row((*list)[i], fmt::format("{}: questions[{}]", where, i));
    FW_ASSIGN(const int type, TypeOf(row));
    if (type > kLastImageType) {
      ++bench.videos;
      continue;
    }
    FW_ASSIGN(Question question, ReadRow(row, type));
    if (!ids.insert(question.question_id).second) return row.Fail("question_id: comes twice");
    bench.questions.push_back(std::move(question));
  }
  return bench;
}

}  // namespace flywheel
