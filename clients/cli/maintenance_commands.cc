// `gc` and `fsck`: what operators do to the artifact store.
#include <fmt/format.h>

#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/message_json.h"
#include "clients/cli/number_text.h"

namespace flywheel {
namespace {

struct GcOptions {
  bool dry_run = false;
  double min_age_s = 3600;
};

std::string MegabytesText(int64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

Result<int> CollectGarbage(const Invocation& invocation, const GcOptions& options) {
  FW_ASSIGN(const Client client, invocation.Connect());
  v1::CollectGarbageRequest request;
  request.set_dry_run(options.dry_run);
  request.set_min_age_s(options.min_age_s);
  FW_ASSIGN(const v1::CollectGarbageResponse response, client.CollectGarbage(request));
  if (invocation.json) {
    PrintOut(ToPrettyJson(response));
    return kExitDone;
  }
  PrintOut(fmt::format("{} {}, {}; kept {}, {}", options.dry_run ? "would remove" : "removed",
                       Counted(response.removed(), "file"), MegabytesText(response.removed_bytes()),
                       Counted(response.kept(), "file"), MegabytesText(response.kept_bytes())));
  if (response.young() > 0) {
    PrintOut(fmt::format("{}, {}, may still be named by a running attempt and stay for now",
                         Counted(response.young(), "file"), MegabytesText(response.young_bytes())));
  }
  if (response.damaged() > 0) {
    PrintOut(
        fmt::format("{}, {}, had changed bytes and lie in artifacts/damaged for you to look at",
                    Counted(response.damaged(), "file"), MegabytesText(response.damaged_bytes())));
  }
  return kExitDone;
}

Result<int> CheckStore(const Invocation& invocation, const v1::CheckStoreRequest& request) {
  FW_ASSIGN(const Client client, invocation.Connect());
  FW_ASSIGN(const v1::CheckStoreResponse response, client.CheckStore(request));
  const int exit = response.problems().empty() ? kExitDone : kExitFailed;
  if (invocation.json) {
    PrintOut(ToPrettyJson(response));
    return exit;
  }
  for (const v1::StoreProblem& problem : response.problems()) {
    PrintOut(fmt::format("{} {} ({}): {}; made by {}{}", problem.campaign(), problem.artifact(),
                         ShortDigest(problem.digest()), problem.problem(), problem.made_by(),
                         problem.reruns()   ? ", which runs again"
                         : request.repair() ? ", which cannot run again: its campaign has ended"
                                            : ""));
  }
  PrintOut(fmt::format("{} of {} {}: {}", Counted(response.artifacts(), "artifact"),
                       Counted(response.campaigns(), "campaign"),
                       request.read_all() ? "read and compared" : "looked up",
                       response.problems().empty() ? "all are there"
                                                   : Counted(response.problems_size(), "problem")));
  return exit;
}

}  // namespace

void AddGc(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("gc", "Remove artifacts that no campaign reaches");
  auto options = std::make_shared<GcOptions>();
  command->add_flag("--dry-run", options->dry_run, "Say what would be removed, and remove nothing");
  command
      ->add_option("--min-age", options->min_age_s,
                   "Seconds; what was written later stays. What a running attempt may have made "
                   "stays in any case")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  AddServerOptions(command, invocation);
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return CollectGarbage(*invocation, *options); };
  });
}

void AddFsck(CLI::App* app, Invocation* invocation) {
  CLI::App* command =
      app->add_subcommand("fsck", "Check that the store holds what the journal names");
  auto request = std::make_shared<v1::CheckStoreRequest>();
  command->add_flag_callback(
      "--read-all", [request] { request->set_read_all(true); },
      "Read every byte and compare digests");
  command->add_flag_callback(
      "--repair", [request] { request->set_repair(true); },
      "Put damaged objects aside, and run the tasks again that made what is damaged or missing");
  AddServerOptions(command, invocation);
  command->callback([invocation, request] {
    invocation->action = [invocation, request] { return CheckStore(*invocation, *request); };
  });
}

}  // namespace flywheel
