#include "pool/training/type_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/records/question.h"

namespace flywheel {
namespace {

std::string Name(size_t type) {
  return type == 0 ? "none" : QuestionTypeName(static_cast<int>(type));
}

std::string Percent(int part, int whole) {
  return whole == 0 ? "-" : fmt::format("{:.1f}", 100.0 * part / whole);
}

std::string AccuracyRow(std::string_view name, const TypeConfusion& confusion) {
  int decided = 0;
  for (size_t told = 0; told < kTypeClasses; ++told) decided += confusion.Told(told);
  return fmt::format("| {} | {} | {} | {} |\n", name, Percent(decided, confusion.All()),
                     Percent(confusion.Right(), decided),
                     Percent(confusion.Right(), confusion.All()));
}

std::string PrecisionTable(const TypeReport& report) {
  std::string text =
      "| type | questions | rules: precision | recall | model: precision | recall | both: "
      "precision | recall |\n|---|---|---|---|---|---|---|---|\n";
  for (size_t type = 0; type < kTypeClasses; ++type) {
    text += fmt::format("| {} {} | {} |", type, Name(type), report.both.Labelled(type));
    for (const TypeConfusion* one : {&report.rules, &report.model, &report.both}) {
      const int right = one->counts[type][type];
      text += fmt::format(" {} | {} |", Percent(right, one->Told(type)),
                          Percent(right, one->Labelled(type)));
    }
    text += '\n';
  }
  return text;
}

std::string ConfusionTable(const TypeConfusion& confusion) {
  std::string text = "| labelled \\ told |";
  std::string line = "|---|";
  for (size_t type = 0; type < kTypeClasses; ++type) {
    text += fmt::format(" {} |", type);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (size_t type = 0; type < kTypeClasses; ++type) {
    text += fmt::format("| {} {} |", type, Name(type));
    for (size_t told = 0; told < kTypeClasses; ++told) {
      const int count = confusion.counts[type][told];
      text += count == 0 ? " |" : fmt::format(" {} |", count);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

int TypeConfusion::Right() const {
  int right = 0;
  for (size_t type = 0; type < kTypeClasses; ++type) right += counts[type][type];
  return right;
}

int TypeConfusion::All() const {
  int all = 0;
  for (size_t type = 0; type < kTypeClasses; ++type) all += Labelled(type);
  return all;
}

int TypeConfusion::Told(size_t type) const {
  int told = 0;
  for (const auto& row : counts) told += row[type];
  return told;
}

int TypeConfusion::Labelled(size_t type) const {
  return std::accumulate(counts[type].begin(), counts[type].end(), 0);
}

double TypeConfusion::Accuracy() const {
  return All() == 0 ? 0 : static_cast<double>(Right()) / All();
}

TypeReport MeasureTagger(const QuestionTagger& tagger,
                         const std::vector<LabelledQuestion>& questions) {
  TypeReport report;
  for (const LabelledQuestion& one : questions) {
    const QuestionText text(one.question);
    const auto type = static_cast<size_t>(one.type);
    const QuestionTypeTag rules = tagger.TagByRules(text);
    const size_t by_rules =
        rules.decided_by.empty() ? TypeConfusion::kUndecided : static_cast<size_t>(rules.type);
    ++report.rules.counts[type][by_rules];
    ++report.model.counts[type][static_cast<size_t>(tagger.TagByModel(text).type)];
    const QuestionTypeTag both = tagger.Tag("image", one.question);
    ++report.both.counts[type][static_cast<size_t>(both.type)];
    ++report.sure.counts[type][both.score < kSureScore ? TypeConfusion::kUndecided
                                                       : static_cast<size_t>(both.type)];
    if (both.type != one.type) {
      report.mistakes.push_back(fmt::format("{}, told {} by {} ({:.2f}): {}", one.type, both.type,
                                            both.decided_by, both.score, one.question));
    }
  }
  return report;
}

std::string FormatTypeReport(const TypeReport& report) {
  std::string text =
      "| | decided, % | right of decided, % | right of all, % |\n|---|---|---|---|\n";
  text += AccuracyRow("rules alone", report.rules);
  text += AccuracyRow("model alone", report.model);
  text += AccuracyRow("both", report.both);
  text += AccuracyRow(fmt::format("both, score of {:.1f} and more", kSureScore), report.sure);
  return text + "\n" + PrecisionTable(report) + "\n" + ConfusionTable(report.both);
}

}  // namespace flywheel
