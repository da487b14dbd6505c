// `flywheel run`: a campaign from its file to its report with a private daemon.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "base/io/files.h"
#include "clients/cli/campaign_file.h"
#include "clients/cli/command.h"
#include "clients/cli/private_daemon.h"
#include "clients/cli/report_text.h"
#include "clients/cli/watch_campaign.h"

namespace flywheel {
namespace {

struct RunOptions {
  CampaignFile file;
  int workers = -1;  // -1: the daemon's default
  bool fresh = false;
};

// Which run of this spec is the current one: --fresh begins the next. Kept in STATE/runs/DIGEST.
class RunGeneration {
 public:
  RunGeneration(std::string state_dir, std::string digest)
      : folder_(std::move(state_dir) + "/runs"), digest_(std::move(digest)) {}

  Status Advance() {
    FW_TRY(MakeDirectories(folder_));
    return WriteFileAtomic(folder_ + "/" + digest_, fmt::format("{}\n", Number() + 1));
  }
  std::string RequestId() const {
    const int number = Number();
    return number == 0 ? digest_ : fmt::format("{}-{}", digest_, number);
  }

 private:
  int Number() const {
    const auto text = ReadFile(folder_ + "/" + digest_);
    return text.ok() ? std::atoi(text->c_str()) : 0;
  }

  std::string folder_;
  std::string digest_;
};

class Run {
 public:
  Run(const Invocation& invocation, const RunOptions& options)
      : invocation_(invocation), options_(options) {}

  Result<int> Execute() {
    FW_ASSIGN(LoadedCampaign loaded, LoadCampaign(options_.file));
    spec_ = std::move(loaded.spec);
    PrivateDaemonOptions daemon_options{.state_dir = invocation_.StateDir(), .workers = {}};
    if (options_.workers >= 0) daemon_options.workers = options_.workers;
    FW_ASSIGN(daemon_, PrivateDaemon::Acquire(daemon_options));
    const Result<int> result = WithDaemon();
    daemon_->Stop([this] { return interrupts_.count() > 1; });
    if (!result.ok()) return LocateSpecProblems(result.status(), loaded.places);
    return result;
  }

 private:
  Result<int> WithDaemon() {
    FW_ASSIGN(v1::Campaign campaign, Submit());
    campaign_ = campaign.name();
    if (campaign.state() == v1::Campaign::PAUSED) {
      v1::ResumeCampaignRequest request;
      request.set_name(campaign_);
      FW_TRY(client().Resume(request).status());
    }
    if (HasEnded(campaign.state())) {
      PrintNote(fmt::format("{} ({}) has been run already; --fresh runs it anew",
                            spec_.display_name(), campaign_));
    } else {
      FW_ASSIGN(const WatchEnd end, Watch());
      if (end == WatchEnd::kInterrupted) return Interrupted();
    }
    return Report();
  }

  Client client() const { return Client(daemon_->address()); }

  Result<v1::Campaign> Submit() {
    RunGeneration generation(invocation_.StateDir(), SpecDigest(spec_));
    if (options_.fresh) {
      FW_TRY(EndPredecessor());
      FW_TRY(generation.Advance());
    }
    v1::CreateCampaignRequest request;
    *request.mutable_spec() = spec_;
    request.set_request_id(generation.RequestId());
    auto campaign = client().Create(request);
    if (campaign.ok() || campaign.status().code() != StatusCode::kAlreadyExists) return campaign;
    return AlreadyExists(fmt::format(
        "{}; it was made with other settings: go on with those, give --fresh to cancel it and "
        "start anew, or --set display_name=NAME to run beside it",
        campaign.status().message()));
  }

  // Cancels the live campaign of this name, which an earlier command left, and waits for its end.
  Status EndPredecessor() {
    const auto found = client().Find(spec_.display_name());
    if (!found.ok() || HasEnded(found->state())) return OkStatus();
    PrintNote(fmt::format("cancelling {} ({}), which was {}", spec_.display_name(), found->name(),
                          v1::Campaign::State_Name(found->state())));
    v1::CancelCampaignRequest cancel;
    cancel.set_name(found->name());
    FW_TRY(client().Cancel(cancel).status());
    v1::WatchEventsRequest watch;
    watch.set_name(found->name());
    watch.set_after_seq(found->last_seq());
    const Client here = client();
    EventStream stream = here.Watch(watch);
    interrupts_.OnInterrupt([&stream] { stream.Cancel(); });
    while (stream.Next()) {
    }
    const Status status = stream.Finish();
    interrupts_.OnInterrupt({});
    return status;
  }

  Result<WatchEnd> Watch() {
    const WatchTarget target{.address = [this] { return daemon_->address(); },
                             .campaign = campaign_,
                             .recover = [this]() -> Result<bool> {
                               FW_TRY(daemon_->Reacquire());
                               return true;
                             }};
    return WatchCampaign(target, STDERR_FILENO, &interrupts_);
  }

  Result<int> Interrupted() {
    PrintNote("pausing and stopping the workers; Ctrl-C again kills them");
    v1::PauseCampaignRequest request;
    request.set_name(campaign_);
    const auto paused = client().Pause(request);
    // A campaign that ended in this moment needs no pause.
    if (!paused.ok() && paused.status().code() != StatusCode::kFailedPrecondition) {
      return paused.status();
    }
    if (invocation_.json) FW_TRY(Report().status());
    PrintNote("paused; the same command goes on where it was");
    return kExitFailed;
  }

  Result<int> Report() {
    FW_ASSIGN(const v1::CampaignReport report, client().Report(campaign_));
    PrintOut(invocation_.json ? RenderReportJson(report) : RenderReport(report));
    v1::Campaign::State state = v1::Campaign::STATE_UNSPECIFIED;
    v1::Campaign::State_Parse(report.state(), &state);
    return ExitCodeOf(state);
  }

  const Invocation& invocation_;
  const RunOptions& options_;
  // Before every thread, so that all of them leave the signals to it.
  Interrupts interrupts_;
  v1::CampaignSpec spec_;
  std::unique_ptr<PrivateDaemon> daemon_;
  std::string campaign_;
};

}  // namespace

void AddRun(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand(
      "run", "Run a campaign with a daemon of its own, watch it and print its report");
  auto options = std::make_shared<RunOptions>();
  AddCampaignFileOptions(command, &options->file);
  AddStateDirOption(command, invocation);
  command->add_option("--workers", options->workers, "Most workers at a time; default: one a core")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--fresh", options->fresh,
                    "Start anew, whatever became of an earlier run of this campaign");
  AddJsonOption(command, invocation);
  command->footer(
      "The same command again goes on where it was, or prints the report again. Ctrl-C pauses the\n"
      "campaign and stops daemon and workers; a second one kills them. Progress goes to stderr,\n"
      "the report to stdout. Exit code 0: the campaign succeeded.");
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return Run(*invocation, *options).Execute(); };
  });
}

}  // namespace flywheel
