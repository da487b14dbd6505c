// `flywheel submit`: hands a campaign to a daemon, or checks it without one.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "base/io/record_codec.h"
#include "base/io/task_dir.h"
#include "clients/cli/campaign_file.h"
#include "clients/cli/command.h"
#include "clients/cli/interrupts.h"
#include "clients/cli/message_json.h"
#include "clients/cli/number_text.h"
#include "clients/cli/private_daemon.h"
#include "clients/cli/programs.h"
#include "clients/cli/watch_story.h"

namespace flywheel {
namespace {

struct SubmitOptions {
  CampaignFile file;
  std::string request_id;
  bool dry_run = false;
};

// Removed with everything in it.
class ScratchFolder {
 public:
  static Result<ScratchFolder> Make() {
    std::error_code error;
    std::string path = std::filesystem::temp_directory_path(error) / "flywheel-dry-run-XXXXXX";
    if (error) return ErrnoStatus(error.value(), "find", "the folder for temporary files");
    if (::mkdtemp(path.data()) == nullptr) return ErrnoStatus(errno, "make", path);
    return ScratchFolder(path);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The spec as a daemon takes it, defaults filled in. Asked of a daemon in the scratch folder that
// runs nothing, so that the answer is the one that CreateCampaign gives.
Result<v1::CampaignSpec> CheckedSpec(const v1::CampaignSpec& spec, const std::string& scratch) {
  FW_ASSIGN(const std::unique_ptr<PrivateDaemon> daemon,
            PrivateDaemon::Acquire({.state_dir = scratch + "/state", .workers = 0}));
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = spec;
  request.set_validate_only(true);
  auto campaign = Client(daemon->address()).Create(request);
  daemon->Stop([] { return false; });
  if (!campaign.ok()) return campaign.status();
  return campaign->spec();
}

// The task that the daemon would make of the spec.
TaskSpec PrepareTask(const v1::CampaignSpec& spec) {
  TaskSpec task;
  task.attempt = "c1/i0/prepare/t0/a1";
  task.kind = "prepare";
  task.seed = spec.seed();
  const auto whole = nlohmann::json::parse(ToJsonText(spec));
  for (const char* section : {"data_root", "data", "model", "gate"}) {
    if (whole.contains(section)) task.parameters[section] = whole[section];
  }
  return task;
}

std::string LastLine(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text.ok()) return "it said nothing";
  std::string line = *text;
  while (line.ends_with('\n')) line.pop_back();
  return line.substr(line.rfind('\n') + 1);
}

// Runs prepare in the scratch folder and returns what it found.
Result<TaskResult> Prepare(const v1::CampaignSpec& spec, const std::string& scratch,
                           const Interrupts& interrupts) {
  FW_ASSIGN(const std::string program, FindProgram("flywheel-task"));
  FW_ASSIGN(const TaskDir task, TaskDir::ForAttempt(scratch, "", "c1/i0/prepare/t0/a1"));
  FW_TRY(task.Create());
  FW_TRY(task.WriteSpec(PrepareTask(spec)));
  ChildCommand command;
  command.program = program;
  command.arguments = {"prepare", task.root()};
  command.environment = CurrentEnvironment();
  command.stdout_file = task.stdout_log();
  command.stderr_file = task.stderr_log();
  FW_ASSIGN(ChildProcess child, ChildProcess::Start(command));
  constexpr double kPollS = 0.2;
  std::optional<ExitStatus> exit;
  while (!(exit = child.WaitFor(kPollS))) {
    if (interrupts.count() > 0) child.SignalGroup(SIGKILL);
  }
  if (interrupts.count() > 0) return CancelledError("interrupted");
  if (*exit != ExitStatus{}) {
    return FailedPrecondition(fmt::format("prepare refuses the campaign ({}): {}", ToString(*exit),
                                          LastLine(task.stderr_log())));
  }
  return task.ReadResult();
}

Result<int> DryRun(const Invocation& invocation, const v1::CampaignSpec& spec) {
  const Interrupts interrupts;
  FW_ASSIGN(const ScratchFolder scratch, ScratchFolder::Make());
  FW_ASSIGN(const v1::CampaignSpec checked, CheckedSpec(spec, scratch.path()));
  if (!invocation.json) PrintNote("the spec is right; preparing the data...");
  FW_ASSIGN(const TaskResult result, Prepare(checked, scratch.path(), interrupts));
  v1::TaskResult message;
  FW_TRY(FillMessage(ToJson(result), &message));
  if (invocation.json) {
    nlohmann::json object = {{"spec", nlohmann::json::parse(ToJsonText(checked))},
                             {"prepare", nlohmann::json::parse(ToJsonText(message.prepare()))}};
    PrintOut(object.dump(2));
    return kExitDone;
  }
  PrintOut(fmt::format("{}: {}", spec.display_name(), SummaryText(message)));
  for (const std::string& warning : message.prepare().warnings()) PrintOut("note: " + warning);
  PrintOut(fmt::format("{} of up to {} on {} each; nothing was submitted",
                       Counted(checked.iterations(), "iteration"),
                       Counted(static_cast<int64_t>(checked.generate().images()) *
                                   checked.generate().questions_per_image(),
                               "new sample"),
                       Counted(checked.generate().images(), "image")));
  return kExitDone;
}

Result<int> SubmitSpec(const Invocation& invocation, const SubmitOptions& options,
                       const v1::CampaignSpec& spec) {
  if (options.dry_run) return DryRun(invocation, spec);
  FW_ASSIGN(const Client client, invocation.Connect());
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = spec;
  request.set_request_id(options.request_id);
  FW_ASSIGN(const v1::Campaign campaign, client.Create(request));
  PrintOut(invocation.json
               ? ToPrettyJson(campaign)
               : fmt::format("{} is {}; follow it with 'flywheel watch {}'", spec.display_name(),
                             campaign.name(), spec.display_name()));
  return kExitDone;
}

Result<int> Submit(const Invocation& invocation, const SubmitOptions& options) {
  FW_ASSIGN(const LoadedCampaign loaded, LoadCampaign(options.file));
  const Result<int> result = SubmitSpec(invocation, options, loaded.spec);
  if (!result.ok()) return LocateSpecProblems(result.status(), loaded.places);
  return result;
}

}  // namespace

void AddSubmit(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("submit", "Hand a campaign to a running daemon");
  auto options = std::make_shared<SubmitOptions>();
  AddCampaignFileOptions(command, &options->file);
  command->add_flag("--dry-run", options->dry_run,
                    "Check the spec and the data here, as prepare would, and submit nothing");
  command
      ->add_option("--request-id", options->request_id,
                   "The same id with the same campaign submits it once, however often it is asked")
      ->type_name("ID");
  AddServerOptions(command, invocation);
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return Submit(*invocation, *options); };
  });
}

}  // namespace flywheel
