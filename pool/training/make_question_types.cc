// flywheel-make-question-types: labelled questions from a grammar (question_grammar.h).
#include <CLI/CLI.hpp>
#include <cstdio>

#include "pool/training/question_grammar.h"

namespace flywheel {
namespace {

struct Arguments {
  std::string grammar;
  std::string out;
  int count = 0;
  uint64_t seed = 1;
};

Status Run(const Arguments& arguments) {
  FW_ASSIGN(const QuestionGrammar grammar, ReadQuestionGrammar(arguments.grammar));
  FW_ASSIGN(const std::vector<LabelledQuestion> questions,
            ExpandGrammar(grammar, arguments.count, arguments.seed));
  FW_TRY(WriteLabelledQuestions(arguments.out, questions));
  std::printf("%s: %zu questions\n", arguments.out.c_str(), questions.size());
  return OkStatus();
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  flywheel::Arguments arguments;
  CLI::App app("Labelled questions from a grammar of templates");
  app.add_option("grammar", arguments.grammar, "the grammar, JSON")->required();
  app.add_option("--out", arguments.out, "where the questions go, JSON lines")->required();
  app.add_option("--count", arguments.count, "questions of each type")
      ->required()
      ->check(CLI::Range(1, 100000));
  app.add_option("--seed", arguments.seed, "another seed, other questions");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const flywheel::Status status = flywheel::Run(arguments);
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
