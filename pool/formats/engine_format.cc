#include "pool/formats/engine_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace flywheel {
namespace {

using nlohmann::json;

constexpr std::string_view kLetterPrompt =
    "Answer with the option's letter from the given choices directly.";
constexpr const char* kMisspelled = "choide_answer";
constexpr size_t kMostOptions = 26;

Status TakeText(const json& value, const char* name, std::string* text) {
  const auto found = value.find(name);
  if (found == value.end()) return OkStatus();
  if (!found->is_string()) {
    return InvalidArgument(
        fmt::format("{}: expected a string, found {}", name, found->type_name()));
  }
  *text = found->get_ref<const std::string&>();
  return OkStatus();
}

Status TakeNeededText(const json& value, const char* name, std::string* text) {
  if (!value.contains(name)) return InvalidArgument(fmt::format("{}: is missing", name));
  FW_TRY(TakeText(value, name, text));
  if (text->empty()) return InvalidArgument(fmt::format("{}: expected a text, found none", name));
  return OkStatus();
}

Status TakeId(const json& value, std::string* id) {
  const auto found = value.find("id");
  if (found == value.end()) return OkStatus();
  if (!found->is_number_integer()) return TakeText(value, "id", id);
  *id = found->dump();
  return OkStatus();
}

Status TakeType(const json& value, int* type) {
  const auto found = value.find("qtype");
  if (found == value.end() || found->is_null()) return OkStatus();
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *type);
  if (error != std::errc() || end != text.data() + text.size() || *type < kFirstImageType ||
      *type > kLastImageType) {
    return InvalidArgument(fmt::format("qtype: expected a number from {} to {}, found {}",
                                       kFirstImageType, kLastImageType, text.substr(0, 80)));
  }
  return OkStatus();
}

Status TakeOptions(const json& value, std::vector<std::string>* options) {
  const auto found = value.find("options");
  if (found == value.end() || found->is_null()) return OkStatus();
  if (!found->is_array()) {
    return InvalidArgument(
        fmt::format("options: expected an array of strings, found {}", found->type_name()));
  }
  for (size_t i = 0; i < found->size(); ++i) {
    if (!(*found)[i].is_string()) {
      return InvalidArgument(
          fmt::format("options[{}]: expected a string, found {}", i, (*found)[i].type_name()));
    }
    options->push_back((*found)[i]);
  }
  if (options->size() > kMostOptions) {
    return InvalidArgument(
        fmt::format("options: expected at most {}, found {}", kMostOptions, options->size()));
  }
  return OkStatus();
}

// The letter under either spelling.
Status TakeChoice(const json& value, EngineSample* sample) {
  std::string right, misspelled;
  FW_TRY(TakeText(value, "choice_answer", &right));
  FW_TRY(TakeText(value, kMisspelled, &misspelled));
  if (!right.empty() && !misspelled.empty() && right != misspelled) {
    return InvalidArgument(fmt::format("choice_answer: is '{}', but choide_answer is '{}'",
                                       right.substr(0, 80), misspelled.substr(0, 80)));
  }
  const std::string& letter = right.empty() ? misspelled : right;
  if (letter.empty()) return OkStatus();
  if (sample->options.empty()) return InvalidArgument("choice_answer: there are no options");
  const char last = static_cast<char>('A' + sample->options.size() - 1);
  if (letter.size() != 1 || letter[0] < 'A' || letter[0] > last) {
    return InvalidArgument(fmt::format("choice_answer: expected a letter from A to {}, found '{}'",
                                       last, letter.substr(0, 80)));
  }
  sample->choice = letter[0] - 'A';
  return OkStatus();
}

bool IsKnown(const std::string& name) {
  for (const char* known : {"id", "instruction", "answer", "short_answer", "options", kMisspelled,
                            "choice_answer", "image", "qtype"}) {
    if (name == known) return true;
  }
  return false;
}

std::string LetterOf(int choice) { return std::string(1, static_cast<char>('A' + choice)); }

// The question of a human turn, its picture apart.
std::string WithoutImage(std::string text) {
  for (size_t at = text.find(kImageToken); at != std::string::npos; at = text.find(kImageToken)) {
    size_t begin = at, end = at + kImageToken.size();
    if (end < text.size() && text[end] == '\n') {
      ++end;
    } else if (begin > 0 && text[begin - 1] == '\n') {
      --begin;
    }
    text.erase(begin, end - begin);
  }
  return text;
}

struct ChoiceTurn {
  std::string instruction;
  std::vector<std::string> options;
  int choice = 0;
};

// What ChoicePrompt has made of a question, and the letter that answers it; none for other turns.
std::optional<ChoiceTurn> ParseChoiceTurn(const std::string& question, const std::string& letter) {
  if (letter.size() != 1 || !question.ends_with(kLetterPrompt)) return std::nullopt;
  std::string_view text = question;
  text.remove_suffix(kLetterPrompt.size());
  const size_t first = text.find("\nA. ");
  if (first == text.npos || text.back() != '\n') return std::nullopt;
  ChoiceTurn turn{std::string(text.substr(0, first)), {}, letter[0] - 'A'};
  text.remove_prefix(first);
  while (text != "\n") {
    const std::string mark = "\n" + LetterOf(static_cast<int>(turn.options.size())) + ". ";
    const std::string next = "\n" + LetterOf(static_cast<int>(turn.options.size()) + 1) + ". ";
    if (!text.starts_with(mark) || turn.options.size() == kMostOptions) return std::nullopt;
    text.remove_prefix(mark.size());
    const size_t end = std::min(text.find(next), text.size() - 1);
    turn.options.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (turn.choice < 0 || turn.choice >= static_cast<int>(turn.options.size())) return std::nullopt;
  return turn;
}

void AddTurn(const std::string& question, const std::string& answer,
             std::vector<EngineSample>* samples) {
  std::optional<ChoiceTurn> turn = ParseChoiceTurn(question, answer);
  EngineSample* last = samples->empty() ? nullptr : &samples->back();
  if (turn && last != nullptr && last->choice < 0 && last->instruction == turn->instruction) {
    last->options = std::move(turn->options);
    last->choice = turn->choice;
    return;
  }
  EngineSample sample;
  if (turn) {
    sample.instruction = std::move(turn->instruction);
    sample.options = std::move(turn->options);
    sample.choice = turn->choice;
    sample.answer = sample.options[static_cast<size_t>(sample.choice)];
  } else {
    sample.instruction = question;
    sample.answer = answer;
  }
  samples->push_back(std::move(sample));
}

// Members of a sample that may stand in a row too.
Status TakeExtras(const json& value, EngineSample* sample) {
  FW_TRY(TakeText(value, "short_answer", &sample->short_answer));
  FW_TRY(TakeType(value, &sample->qtype));
  FW_TRY(TakeOptions(value, &sample->options));
  FW_TRY(TakeChoice(value, sample));
  for (const auto& [name, member] : value.items()) {
    if (!IsKnown(name)) sample->other[name] = member;
  }
  return OkStatus();
}

// The sample that RowFromEngineSample makes exactly this row of, if there is one.
std::optional<EngineSample> SampleOfOwnRow(const LlavaRow& row) {
  const std::string lead = std::string(kImageToken) + "\n";
  EngineSample sample;
  if (!TakeExtras(row.other, &sample).ok()) return std::nullopt;
  sample.id = row.id;
  sample.image = row.image;
  sample.instruction = row.conversations[0].value;
  sample.answer = row.conversations[1].value;
  if (sample.instruction.starts_with(lead)) sample.instruction.erase(0, lead.size());
  if (RowFromEngineSample(sample) == row) return sample;
  return std::nullopt;
}

}  // namespace

Result<EngineSample> EngineSampleFromJson(const json& value) {
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", value.type_name()));
  }
  EngineSample sample;
  FW_TRY(TakeId(value, &sample.id));
  FW_TRY(TakeNeededText(value, "instruction", &sample.instruction));
  FW_TRY(TakeNeededText(value, "answer", &sample.answer));
  FW_TRY(TakeNeededText(value, "image", &sample.image));
  FW_TRY(TakeExtras(value, &sample));
  return sample;
}

std::string FormatEngineSample(const EngineSample& sample) {
  nlohmann::ordered_json line;
  if (!sample.id.empty()) line["id"] = sample.id;
  line["instruction"] = sample.instruction;
  line["answer"] = sample.answer;
  if (!sample.short_answer.empty()) line["short_answer"] = sample.short_answer;
  if (!sample.options.empty()) line["options"] = sample.options;
  if (sample.choice >= 0) line["choice_answer"] = LetterOf(sample.choice);
  line["image"] = sample.image;
  if (sample.qtype != 0) line["qtype"] = sample.qtype;
  for (const auto& [name, member] : sample.other.items()) line[name] = member;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string ChoicePrompt(std::string_view instruction, const std::vector<std::string>& options) {
  std::string prompt(instruction);
  for (size_t i = 0; i < options.size(); ++i) {
    prompt += fmt::format("\n{}. {}", LetterOf(static_cast<int>(i)), options[i]);
  }
  return fmt::format("{}\n{}", prompt, kLetterPrompt);
}

LlavaRow RowFromEngineSample(const EngineSample& sample) {
  LlavaRow row{.id = sample.id, .image = sample.image, .conversations = {}};
  const bool has_image = sample.instruction.find(kImageToken) != std::string::npos;
  const std::string lead = has_image ? "" : std::string(kImageToken) + "\n";
  row.conversations.push_back({.from = "human", .value = lead + sample.instruction});
  row.conversations.push_back({.from = "gpt", .value = sample.answer});
  if (sample.choice >= 0) {
    row.conversations.push_back(
        {.from = "human", .value = ChoicePrompt(WithoutImage(sample.instruction), sample.options)});
    row.conversations.push_back({.from = "gpt", .value = LetterOf(sample.choice)});
  }
  row.other = sample.other;
  if (!sample.short_answer.empty()) row.other["short_answer"] = sample.short_answer;
  if (!sample.options.empty()) row.other["options"] = sample.options;
  if (sample.choice >= 0) row.other["choice_answer"] = LetterOf(sample.choice);
  if (sample.qtype != 0) row.other["qtype"] = sample.qtype;
  return row;
}

Result<std::vector<EngineSample>> EngineSamplesFromRow(const LlavaRow& row) {
  FW_TRY(CheckLlavaRow(row));
  if (row.image.empty()) {
    return InvalidArgument("image: is missing; MLLM-DataEngine's samples are about an image");
  }
  if (const auto own = SampleOfOwnRow(row)) return std::vector<EngineSample>{*own};
  std::vector<EngineSample> samples;
  for (size_t i = 0; i + 1 < row.conversations.size(); i += 2) {
    AddTurn(WithoutImage(row.conversations[i].value), row.conversations[i + 1].value, &samples);
  }
  for (size_t i = 0; i < samples.size(); ++i) {
    EngineSample& sample = samples[i];
    sample.id = samples.size() == 1 ? row.id : fmt::format("{}#{}", row.id, i);
    sample.image = row.image;
    FW_TRY(TakeType(row.other, &sample.qtype));
    for (const auto& [name, member] : row.other.items()) {
      if (!IsKnown(name)) {
        sample.other[name] = member;
      } else if (name != "qtype") {
        return InvalidArgument(fmt::format("{}: does not agree with the conversations", name));
      }
    }
  }
  return samples;
}

EngineSample EngineSampleFromQuestion(const Question& question, std::string_view direct_answer) {
  EngineSample sample;
  sample.id = question.question_id;
  sample.instruction = question.question;
  sample.answer = direct_answer;
  sample.short_answer = question.choices[static_cast<size_t>(question.answer)];
  sample.options = question.choices;
  sample.choice = question.answer;
  sample.image = question.image;
  sample.qtype = question.question_type_id;
  return sample;
}

}  // namespace flywheel
