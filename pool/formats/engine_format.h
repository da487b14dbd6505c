// MLLM-DataEngine's samples: {instruction, answer, short_answer, options, choice_answer, image,
// qtype}, to and from LLaVA rows. Their README spells choice_answer "choide_answer"; both are read,
// one is written. No loader of theirs was published that makes LLaVA rows, so the form of the row
// is ours: a turn that is answered directly and a turn that is answered by a letter.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/records/question.h"
#include "base/result.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

struct EngineSample {
  std::string id;  // not in the published files
  std::string instruction;
  std::string answer;
  std::string short_answer;
  std::vector<std::string> options;
  int choice = -1;  // index into options; -1: the sample is answered directly only
  std::string image;
  int qtype = 0;                                    // SEED-Bench's type, 1 to 9; 0: none said
  nlohmann::json other = nlohmann::json::object();  // further members

  bool operator==(const EngineSample&) const = default;
};

// INVALID_ARGUMENT names the member: "choice_answer: expected a letter from A to D, found 'E'".
Result<EngineSample> EngineSampleFromJson(const nlohmann::json& value);

// One line of compact JSON without its end, members in the order of the published files.
std::string FormatEngineSample(const EngineSample& sample);

// "Which?\nA. cat\nB. dog\nAnswer with the option's letter from the given choices directly.", the
// form of LLaVA's and MLLM-DataEngine's multiple-choice turns.
std::string ChoicePrompt(std::string_view instruction, const std::vector<std::string>& options);

// The row with all the sample's members; those LLaVA does not know stand beside the conversations.
LlavaRow RowFromEngineSample(const EngineSample& sample);

// Samples of a row with an image: one for each question, a question asked twice (directly and with
// options) being one. Of a row that RowFromEngineSample made, the sample itself. Further members of
// turns have no place in a sample.
Result<std::vector<EngineSample>> EngineSamplesFromRow(const LlavaRow& row);

// A benchmark-like question with the direct answer to it.
EngineSample EngineSampleFromQuestion(const Question& question, std::string_view direct_answer);

}  // namespace flywheel
