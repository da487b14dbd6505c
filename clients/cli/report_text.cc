#include "clients/cli/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "clients/cli/message_json.h"
#include "clients/cli/number_text.h"
#include "clients/cli/text_table.h"

namespace flywheel {
namespace {

using v1::CampaignReport;
using v1::IterationReport;

constexpr const char* kNothing = "-";

std::string AccuracyCell(const v1::Accuracy& accuracy) {
  return accuracy.n() > 0 ? Percent(accuracy.accuracy()) : kNothing;
}

std::string IntervalCell(const v1::Accuracy& accuracy) {
  if (accuracy.n() == 0) return kNothing;
  return fmt::format("{} to {}", Percent(accuracy.low()), Percent(accuracy.high()));
}

double Sum(const v1::StageSeconds& seconds) {
  return seconds.prepare() + seconds.evaluate() + seconds.analyze() + seconds.generate() +
         seconds.train();
}

std::string RenderHead(const CampaignReport& report) {
  std::string text =
      fmt::format("{} ({}): {} after {}, seed {}\n", report.display_name(), report.campaign(),
                  report.state(), DurationText(report.total_seconds()), report.seed());
  if (!report.state_reason().empty()) text += fmt::format("{}\n", report.state_reason());
  return text;
}

std::string RenderSplits(const v1::PrepareSummary& prepare) {
  if (prepare.splits_size() == 0) return "";
  std::vector<std::string> parts;
  for (const auto& split : prepare.splits()) {
    parts.push_back(fmt::format("{} {}", split.split(), CountText(split.questions())));
  }
  std::string text = fmt::format("Questions: {}. Bank: {}", fmt::join(parts, ", "),
                                 Counted(prepare.bank_images(), "image"));
  if (prepare.bank_refused() > 0) {
    text += fmt::format(" ({} refused because the benchmark has them)",
                        CountText(prepare.bank_refused()));
  }
  return text + "\n";
}

std::string RenderIterations(const CampaignReport& report) {
  TextTable table({"iteration", "model", "steer", "gate", "sealed", "95 % interval", "gate verdict",
                   "p", "champion", "loss", "seconds"},
                  2);
  table.AlignColumn(0, Align::kRight);
  table.AlignColumn(6, Align::kLeft);
  for (const IterationReport& it : report.iterations()) {
    const auto& evaluation = it.evaluation();
    const bool tested = it.gate().test().n() > 0;
    const bool trained = it.training().steps() > 0;
    table.AddRow({fmt::format("{}", it.iteration()), ShortDigest(it.model()),
                  AccuracyCell(evaluation.steer()), AccuracyCell(evaluation.gate()),
                  AccuracyCell(evaluation.sealed()), IntervalCell(evaluation.sealed()),
                  it.gate().verdict().empty() ? kNothing : it.gate().verdict(),
                  tested ? PValueText(it.gate().p_value()) : kNothing,
                  AccuracyCell(it.champion_evaluation().sealed()),
                  trained ? fmt::format("{:.2f} to {:.2f}", it.training().first_loss(),
                                        it.training().last_loss())
                          : kNothing,
                  SecondsText(Sum(it.seconds()))});
  }
  if (table.empty()) return "";
  return "\nAccuracy of the model that each iteration begins with (%; champion: on the sealed "
         "split)\n" +
         table.Render();
}

using TypeCells = std::map<int, std::map<int, std::string>>;  // type -> iteration -> cell

// Rows of types, columns of iterations; the last column is the caller's.
struct TypeTable {
  std::string title;
  std::string last_column;
  std::map<int, std::string> names;
  TypeCells cells;
  std::map<int, std::string> last;
};

std::string TypeLabel(int type, const std::string& name) {
  return fmt::format("{} {}", type, name);
}

std::string Render(const TypeTable& content, const std::vector<int>& iterations) {
  if (content.cells.empty()) return "";
  std::vector<std::string> header = {"type"};
  for (const int iteration : iterations) header.push_back(fmt::format("i{}", iteration));
  if (!content.last_column.empty()) header.push_back(content.last_column);
  TextTable table(std::move(header));
  for (const auto& [type, by_iteration] : content.cells) {
    std::vector<std::string> row = {TypeLabel(type, content.names.at(type))};
    for (const int iteration : iterations) {
      const auto cell = by_iteration.find(iteration);
      row.push_back(cell == by_iteration.end() ? kNothing : cell->second);
    }
    if (const auto last = content.last.find(type); last != content.last.end()) {
      row.push_back(last->second);
    }
    table.AddRow(std::move(row));
  }
  return "\n" + content.title + "\n" + table.Render();
}

// The iterations that `has` holds for: columns without content are left out.
std::vector<int> IterationsWith(const CampaignReport& report,
                                const std::function<bool(const IterationReport&)>& has) {
  std::vector<int> iterations;
  for (const IterationReport& it : report.iterations()) {
    if (has(it)) iterations.push_back(it.iteration());
  }
  return iterations;
}

std::string RenderTypes(const CampaignReport& report) {
  TypeTable table;
  table.title = fmt::format("Accuracy by type on the {} split (%)", TypeSplitName(report));
  table.last_column = "questions";
  for (const IterationReport& it : report.iterations()) {
    for (const auto& type : it.evaluation().by_type()) {
      table.names[type.type()] = type.name();
      if (type.n() > 0) table.cells[type.type()][it.iteration()] = Percent(type.accuracy());
      table.last[type.type()] = CountText(type.n());
    }
  }
  return Render(table, IterationsWith(report, [](const IterationReport& it) {
                  return it.evaluation().by_type_size() > 0;
                }));
}

std::string RenderWeights(const CampaignReport& report) {
  TypeTable table;
  table.title = "Weights: each type's share of the new samples (%)";
  for (const IterationReport& it : report.iterations()) {
    for (const auto& type : it.weights()) {
      table.names[type.type()] = type.name();
      table.cells[type.type()][it.iteration()] = Percent(type.weight());
    }
  }
  return Render(table, IterationsWith(report, [](const IterationReport& it) {
                  return it.weights_size() > 0;
                }));
}

std::string RenderGenerated(const CampaignReport& report) {
  TypeTable table;
  table.title = "Generated samples";
  std::map<std::string, std::map<int, int>> dropped;
  std::string totals;
  for (const IterationReport& it : report.iterations()) {
    const auto& generated = it.generated();
    if (generated.samples() == 0 && generated.dropped_size() == 0) continue;
    for (const auto& type : generated.by_type()) {
      table.names[type.type()] = type.name();
      table.cells[type.type()][it.iteration()] =
          type.samples() == type.quota()
              ? CountText(type.samples())
              : fmt::format("{} of {}", CountText(type.samples()), CountText(type.quota()));
    }
    totals += fmt::format(
        "  i{}: {} on {}, {} replayed", it.iteration(), Counted(generated.samples(), "sample"),
        Counted(generated.images(), "image"), Counted(generated.replay_images(), "image"));
    if (generated.rejected_replay_images() > 0) {
      totals += fmt::format(" ({} of them made for a rejected model)",
                            CountText(generated.rejected_replay_images()));
    }
    for (const auto& drop : generated.dropped()) {
      totals += fmt::format(", {} dropped ({})", CountText(drop.count()), drop.reason());
    }
    totals += "\n";
  }
  return Render(table, IterationsWith(report,
                                      [](const IterationReport& it) {
                                        return it.generated().by_type_size() > 0;
                                      })) +
         totals;
}

std::string RenderSeconds(const CampaignReport& report) {
  TextTable table({"iteration", "prepare", "evaluate", "analyze", "generate", "train", "total"}, 0);
  const auto add = [&](const std::string& name, const v1::StageSeconds& s) {
    const auto cell = [](double value) { return value > 0 ? SecondsText(value) : kNothing; };
    table.AddRow({name, cell(s.prepare()), cell(s.evaluate()), cell(s.analyze()),
                  cell(s.generate()), cell(s.train()), SecondsText(Sum(s))});
  };
  for (const IterationReport& it : report.iterations()) {
    add(fmt::format("{}", it.iteration()), it.seconds());
  }
  if (Sum(report.seconds()) == 0) return "";
  add("all", report.seconds());
  return fmt::format("\nSeconds by stage, waiting included; no task ran in {} of {} ({:.1f} %)\n{}",
                     SecondsText(report.idle_seconds()), SecondsText(report.total_seconds()),
                     100 * report.idle_seconds() / std::max(report.total_seconds(), 1e-9),
                     table.Render());
}

std::string RenderGateReasons(const CampaignReport& report) {
  std::string text;
  for (const IterationReport& it : report.iterations()) {
    if (it.gate().reason().empty()) continue;
    text += fmt::format("  i{}: {}: {}\n", it.iteration(), it.gate().verdict(), it.gate().reason());
  }
  return text.empty() ? "" : "\nGate\n" + text;
}

std::string RenderNotes(const CampaignReport& report) {
  std::string text;
  for (const std::string& note : report.notes()) text += fmt::format("  - {}\n", note);
  for (const std::string& warning : report.prepare().warnings()) {
    bool said = false;
    for (const std::string& note : report.notes()) said = said || note == warning;
    if (!said) text += fmt::format("  - {}\n", warning);
  }
  return text.empty() ? "" : "\nNotes\n" + text;
}

}  // namespace

std::string TypeSplitName(const CampaignReport& report) {
  for (const IterationReport& it : report.iterations()) {
    if (it.evaluation().sealed().n() > 0) return "sealed";
  }
  return "steer";
}

std::string RenderReport(const CampaignReport& report) {
  std::string text = RenderHead(report) + RenderSplits(report.prepare()) +
                     RenderIterations(report) + RenderTypes(report) + RenderWeights(report) +
                     RenderGenerated(report) + RenderGateReasons(report) + RenderSeconds(report);
  if (!report.champion().empty()) text += fmt::format("\nChampion: {}\n", report.champion());
  return text + RenderNotes(report);
}

std::string RenderReportJson(CampaignReport report) {
  for (IterationReport& it : *report.mutable_iterations()) {
    for (v1::EvaluationReport* evaluation :
         {it.mutable_evaluation(), it.mutable_champion_evaluation()}) {
      evaluation->mutable_steer();
      evaluation->mutable_gate();
      evaluation->mutable_sealed();
    }
    it.mutable_gate();
    it.mutable_generated();
    it.mutable_seconds();
  }
  report.mutable_seconds();
  return ToPrettyJson(report);
}

}  // namespace flywheel
