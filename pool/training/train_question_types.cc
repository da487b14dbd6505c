// flywheel-train-question-types: learns the model of question types from labelled questions, writes
// it, and prints as Markdown how well rules, model and both tell questions that were held out.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/training/type_report.h"
#include "pool/training/type_trainer.h"

namespace flywheel {
namespace {

struct Arguments {
  std::string labelled;
  std::string heldout;
  std::string out;
  bool mistakes = false;
  TypeTraining training;
};

Status Run(const Arguments& arguments) {
  FW_ASSIGN(const auto labelled, ReadLabelledQuestions(arguments.labelled));
  FW_ASSIGN(const auto heldout, ReadLabelledQuestions(arguments.heldout));
  const TypeModel model = TrainTypeModel(labelled, arguments.training);
  FW_TRY(WriteFileAtomic(arguments.out, CanonicalJson(model.ToJson()) + "\n"));
  const QuestionTagger tagger(model);
  const TypeReport report = MeasureTagger(tagger, heldout);
  std::printf("Version `%s`, learned from %zu questions with seed %llu; %zu held out.\n\n%s",
              tagger.version().c_str(), labelled.size(),
              static_cast<unsigned long long>(arguments.training.seed), heldout.size(),
              FormatTypeReport(report).c_str());
  if (!arguments.mistakes) return OkStatus();
  std::printf("\n");
  for (const std::string& mistake : report.mistakes) std::printf("    %s\n", mistake.c_str());
  return OkStatus();
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  flywheel::Arguments arguments;
  CLI::App app("Learns the model of question types and measures it");
  app.add_option("--labelled", arguments.labelled, "questions to learn from, JSON lines")
      ->required();
  app.add_option("--heldout", arguments.heldout, "questions to measure on")->required();
  app.add_option("--out", arguments.out, "where the model goes, JSON")->required();
  app.add_option("--seed", arguments.training.seed, "the order in which questions are learned");
  app.add_option("--epochs", arguments.training.epochs)->check(CLI::Range(1, 1000));
  app.add_flag("--mistakes", arguments.mistakes, "list the held-out questions that are told wrong");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const flywheel::Status status = flywheel::Run(arguments);
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
