// `flywheel doctor`: the findings as text or JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "clients/cli/command.h"
#include "clients/cli/doctor.h"

namespace flywheel {
namespace {

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "";
}

Result<int> Doctor(const Invocation& invocation) {
  const std::vector<Finding> findings =
      Examine({.state_dir = invocation.StateDir(), .server = invocation.server});
  bool failed = false;
  nlohmann::json checks = nlohmann::json::array();
  std::string text;
  for (const Finding& finding : findings) {
    failed = failed || finding.health == Health::kFail;
    checks.push_back({{"check", finding.check},
                      {"status", HealthName(finding.health)},
                      {"found", finding.found},
                      {"advice", finding.advice}});
    text +=
        fmt::format("{:<5}{:<17}{}\n", HealthName(finding.health), finding.check, finding.found);
    if (!finding.advice.empty()) text += fmt::format("{:22}-> {}\n", "", finding.advice);
  }
  if (invocation.json) {
    PrintOut(nlohmann::json({{"ok", !failed}, {"checks", checks}}).dump(2));
  } else {
    PrintOut(text);
  }
  return failed ? kExitFailed : kExitDone;
}

}  // namespace

void AddDoctor(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand(
      "doctor", "Check whether this machine can run campaigns, and say what to do where not");
  AddServerOptions(command, invocation);
  command->callback(
      [invocation] { invocation->action = [invocation] { return Doctor(*invocation); }; });
}

}  // namespace flywheel
