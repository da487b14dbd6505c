// `flywheel pool submit`: whether what is to be handed in to DataOptim is valid.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "pool/select/pool_submission.h"

namespace flywheel {
namespace {

using nlohmann::json;

struct SubmitPoolCommand {
  std::string pool;
  std::string standard;
  std::string byod;
  std::string images;
};

json ToJson(const SubmitPoolCommand& command, const PoolSubmission& submission) {
  const SubmissionReport& report = submission.report;
  json counts = json::object();
  for (size_t i = 0; i < kSubmissionProblemKinds; ++i) {
    const auto kind = static_cast<SubmissionProblemKind>(i);
    counts[std::string(SubmissionProblemName(kind))] = report.count(kind);
  }
  json problems = json::array();
  for (const SubmissionProblem& problem : report.problems) {
    problems.push_back({{"kind", SubmissionProblemName(problem.kind)},
                        {"place", problem.place},
                        {"warning", IsWarning(problem.kind)},
                        {"message", problem.message}});
  }
  const bool is_standard = !command.standard.empty();
  return {{"file", is_standard ? command.standard : command.byod},
          {"kind", is_standard ? "standard" : "byod"},
          {"valid", report.valid()},
          {"entries", report.entries},
          {"unique", report.unique},
          {"counts", std::move(counts)},
          {"problems", std::move(problems)},
          {"wrong_extensions", submission.wrong_extensions}};
}

void PrintReport(const SubmitPoolCommand& command, const PoolSubmission& submission) {
  const SubmissionReport& report = submission.report;
  const bool is_standard = !command.standard.empty();
  PrintOut(fmt::format(
      "{}: {} {} submission of {}, {} to train on", is_standard ? command.standard : command.byod,
      report.valid() ? "a valid" : "not a valid", is_standard ? "standard" : "BYOD",
      Counted(report.entries, is_standard ? "line" : "record"),
      Counted(report.unique, is_standard ? "id" : "row")));
  for (const SubmissionProblem& problem : report.problems) {
    PrintOut(fmt::format("  {:<8} {}", IsWarning(problem.kind) ? "warning" : "problem",
                         problem.message));
  }
  const auto shown = static_cast<int64_t>(report.problems.size());
  int64_t all = 0;
  for (const int64_t count : report.counts) all += count;
  if (all > shown) PrintOut(fmt::format("  {} more like these", CountText(all - shown)));
  if (submission.wrong_extensions > 0) {
    PrintOut(
        fmt::format("  warning  {} named with an extension that is not its bytes': trainers "
                    "read them all the same",
                    Counted(submission.wrong_extensions, "image")));
  }
}

Result<int> Submit(const Invocation& invocation, const SubmitPoolCommand& command) {
  PoolSubmission submission;
  if (!command.standard.empty()) {
    FW_ASSIGN(Pool pool, Pool::Open(command.pool));
    FW_ASSIGN(submission, CheckStandardInPool(command.standard, &pool));
  } else {
    FW_ASSIGN(submission, CheckByodWithImages(command.byod, command.images));
  }
  if (invocation.json) {
    PrintOut(ToJson(command, submission).dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    PrintReport(command, submission);
  }
  return submission.report.valid() ? kExitDone : kExitFailed;
}

}  // namespace

void AddPoolSubmit(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "submit", "Check a DataOptim submission before it is handed in: all problems, by line");
  auto command = std::make_shared<SubmitPoolCommand>();
  CLI::Option* folder =
      app->add_option("--pool", command->pool, "Folder of the pool that the ids are of")
          ->type_name("DIR");
  CLI::Option* standard =
      app->add_option("--standard", command->standard, "A standard submission: an id on each line")
          ->type_name("FILE")
          ->needs(folder);
  CLI::Option* byod =
      app->add_option("--byod", command->byod, "A BYOD submission: a JSON array of LLaVA rows")
          ->type_name("FILE")
          ->excludes(standard);
  app->add_option("--images", command->images,
                  "Folder that the rows' image paths begin in; without it only paths are checked")
      ->type_name("ROOT")
      ->needs(byod);
  AddJsonOption(app, invocation);
  app->footer(
      "Exit code 0 when the submission is valid, 1 when it is not; warnings alone are valid.\n"
      "Nothing is sent anywhere.\n"
      "Example:\n"
      "  flywheel pool submit --pool P --standard ids.txt");
  app->callback([invocation, command, standard, byod] {
    if (standard->count() + byod->count() == 0) {
      throw CLI::RequiredError("one of --standard and --byod");
    }
    invocation->action = [invocation, command] { return Submit(*invocation, *command); };
  });
}

}  // namespace flywheel
