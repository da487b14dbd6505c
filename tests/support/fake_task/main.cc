// fake_task [--script FILE] KIND DIR. See README.md.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/fake_task/behaviour.h"
#include "tests/support/fake_task/fake_campaign.h"

namespace {

using flywheel::Status;
using flywheel::TaskExit;

int Fail(TaskExit exit, const std::string& reason) {
  fmt::print(stderr, "{}\n", reason);
  return static_cast<int>(exit);
}

// A device that fails is nobody's mistake, for this task as for real ones.
TaskExit ExitFor(const Status& status, TaskExit otherwise) {
  return status.code() == flywheel::StatusCode::kUnavailable ? TaskExit::kTryAgain : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string script;
  if (arguments.size() > 1 && arguments[0] == "--script") {
    script = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.size() != 2) {
    return Fail(TaskExit::kBadTask, "usage: fake_task [--script FILE] KIND DIR");
  }
  const flywheel::TaskDir dir(std::filesystem::absolute(arguments[1]).string());
  const auto spec = dir.ReadSpec();
  if (!spec.ok()) {
    return Fail(ExitFor(spec.status(), TaskExit::kBadTask), spec.status().message());
  }
  const auto behaviour = flywheel::testing::FindBehaviour(*spec, script);
  if (!behaviour.ok()) return Fail(TaskExit::kBadTask, behaviour.status().message());
  if (const auto exit = flywheel::testing::Behave(*behaviour, dir)) return *exit;
  const auto result = flywheel::testing::DoFakeWork(*spec, dir);
  if (!result.ok()) {
    return Fail(ExitFor(result.status(), TaskExit::kBadData), result.status().message());
  }
  const Status written = dir.WriteResult(*result);
  if (!written.ok()) return Fail(TaskExit::kTryAgain, written.message());
  return 0;
}
