#include "pool/text/question_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "pool/text/question_rules.h"

namespace flywheel {
namespace {

constexpr size_t kVersionDigits = 16;
// Raise it when the reading of a turn changes (question_text.cc, word_phrases.cc) and with it tags.
constexpr int kReading = 1;

std::string VersionOf(const TypeModel& model) {
  Sha256 digest;
  digest.Update(fmt::format("reading {}\n", kReading));
  for (const WordClass& one : QuestionWordClasses()) {
    digest.Update(fmt::format("{}={}\n", one.name, one.words));
  }
  for (const QuestionRule& rule : QuestionRules()) {
    digest.Update(fmt::format("{}:{}:{}:{}\n", rule.name, rule.type, rule.score, rule.phrases));
  }
  digest.Update(model.digest());
  return digest.FinishHex().substr(0, kVersionDigits);
}

}  // namespace

QuestionTagger::QuestionTagger(TypeModel model)
    : model_(std::move(model)),
      phrases_({QuestionWordClasses().begin(), QuestionWordClasses().end()}),
      version_(VersionOf(model_)) {
  for (const QuestionRule& rule : QuestionRules()) phrases_.AddRule(rule.phrases);
}

QuestionTypeTag QuestionTagger::Tag(std::string_view image, std::string_view human_turn) const {
  if (image.empty()) return {0, 1, kDecidedByNoImage};
  const QuestionText question(human_turn);
  if (question.words().empty()) return {0, 1, kDecidedByNoWords};
  const QuestionTypeTag tag = TagByRules(question);
  return tag.decided_by.empty() ? TagByModel(question) : tag;
}

QuestionTypeTag QuestionTagger::TagByRules(const QuestionText& question) const {
  const std::optional<size_t> found = phrases_.FirstRule(question.words());
  if (!found) return {};
  const QuestionRule& rule = QuestionRules()[*found];
  return {rule.type, rule.score, rule.name};
}

QuestionTypeTag QuestionTagger::TagByModel(const QuestionText& question) const {
  const TypeProbabilities all = model_.Probabilities(question.words());
  const auto best = std::max_element(all.begin(), all.end());
  return {static_cast<int>(best - all.begin()), *best, kDecidedByModel};
}

}  // namespace flywheel
