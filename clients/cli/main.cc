// flywheel: the command line. Declares the commands, runs the one that was asked for and turns its
// failure into a message and an exit code.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <nlohmann/json.hpp>

#include "clients/cli/command.h"

namespace flywheel {
namespace {

// The campaign file, a setting or an argument is wrong: nothing was started.
int ExitCodeOf(const Status& status) {
  return status.code() == StatusCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

int Fail(const Status& status, bool json) {
  PrintNote("flywheel: " + status.message());
  if (json) {
    const nlohmann::json object = {
        {"error", {{"code", StatusCodeName(status.code())}, {"message", status.message()}}}};
    PrintOut(object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return ExitCodeOf(status);
}

void AddCommands(CLI::App* app, Invocation* invocation) {
  AddRun(app, invocation);
  AddSubmit(app, invocation);
  AddList(app, invocation);
  AddGet(app, invocation);
  AddWatch(app, invocation);
  AddTransitions(app, invocation);
  AddRerun(app, invocation);
  AddReport(app, invocation);
  AddCompare(app, invocation);
  AddEvents(app, invocation);
  AddWorkers(app, invocation);
  AddGc(app, invocation);
  AddFsck(app, invocation);
  AddWorld(app, invocation);
  AddPool(app, invocation);
  AddDoctor(app, invocation);
}

int Main(int argc, char** argv) {
  // A reader that went away is an error of a write, not the end of a campaign.
  ::signal(SIGPIPE, SIG_IGN);
  CLI::App app{
      "Flywheel: finds what a multimodal model is weak in, makes training data for it, retrains, "
      "and measures whether it helped.",
      "flywheel"};
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong usage or a wrong campaign file.\n"
      "'flywheel COMMAND --help' explains a command. Begin with:\n"
      "  flywheel doctor\n"
      "  flywheel run configs/campaigns/quickstart.json");
  Invocation invocation;
  AddCommands(&app, &invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  const Result<int> result = invocation.action();
  return result.ok() ? *result : Fail(result.status(), invocation.json);
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  try {
    return flywheel::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flywheel: %s\n", error.what());
    return flywheel::kExitFailed;
  }
}
