// `flywheel world`: a rendered world as files, in the forms that others publish theirs in.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/records/question.h"
#include "clients/cli/command.h"
#include "clients/cli/number_text.h"
#include "generators/world_writer.h"

namespace flywheel {
namespace {

Result<int> WriteWorldFiles(const Invocation& invocation, const WorldOptions& options) {
  FW_ASSIGN(const WorldSummary summary, WriteWorld(options));
  if (invocation.json) {
    nlohmann::json by_type = nlohmann::json::array();
    for (const auto& [type, count] : summary.by_type) {
      by_type.push_back({{"type", type}, {"name", QuestionTypeName(type)}, {"questions", count}});
    }
    const nlohmann::json object = {{"out", options.out},
                                   {"seed", options.seed},
                                   {"scenes", summary.scenes},
                                   {"questions", summary.questions},
                                   {"by_type", by_type}};
    PrintOut(object.dump(2));
    return kExitDone;
  }
  PrintOut(fmt::format("{}: {} and {} of seed {}", options.out, Counted(summary.scenes, "scene"),
                       Counted(summary.questions, "question"), options.seed));
  for (const auto& [type, count] : summary.by_type) {
    PrintOut(fmt::format("  {} {:<24}{:>8}", type, QuestionTypeName(type), CountText(count)));
  }
  return kExitDone;
}

}  // namespace

void AddWorld(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand(
      "world", "Render scenes with annotations and questions into a folder; needs no daemon");
  auto options = std::make_shared<WorldOptions>();
  options->scenes = 1000;
  options->questions = 1000;
  command->add_option("--out", options->out, "Folder to write to; made when it is not there")
      ->type_name("DIR")
      ->required();
  command->add_option("--seed", options->seed, "Equal seeds give equal bytes")
      ->type_name("SEED")
      ->capture_default_str();
  command->add_option("--scenes", options->scenes, "Scenes to render")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--questions", options->questions, "Questions, spread over the nine types")
      ->type_name("M")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  AddJsonOption(command, invocation);
  command->footer(
      "Writes images/*.png, Visual Genome's annotation files, SEED-Bench.json and\n"
      "scene_graphs.jsonl.");
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return WriteWorldFiles(*invocation, *options); };
  });
}

}  // namespace flywheel
