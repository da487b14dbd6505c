// `watch`, `report` and `compare`.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/io/json.h"
#include "clients/cli/command.h"
#include "clients/cli/comparison.h"
#include "clients/cli/message_json.h"
#include "clients/cli/report_text.h"
#include "clients/cli/watch_campaign.h"

namespace flywheel {
namespace {

// Events as JSON, one a line, until the stream ends or people interrupt it.
Status PrintEventLines(const Client& client, const v1::WatchEventsRequest& request) {
  Interrupts interrupts;
  EventStream stream = client.Watch(request);
  interrupts.OnInterrupt([&stream] { stream.Cancel(); });
  while (const auto message = stream.Next()) PrintOut(ToJsonText(*message));
  const Status status = stream.Finish();
  interrupts.OnInterrupt({});
  return interrupts.count() > 0 ? OkStatus() : status;
}

Result<int> Watch(const Invocation& invocation, const std::string& name, int64_t after_seq) {
  FW_ASSIGN(const Client client, invocation.Connect());
  FW_ASSIGN(const v1::Campaign campaign, client.Find(name));
  if (invocation.json) {
    v1::WatchEventsRequest request;
    request.set_name(campaign.name());
    request.set_after_seq(after_seq);
    request.set_with_progress(true);
    FW_TRY(PrintEventLines(client, request));
  } else {
    Interrupts interrupts;
    const WatchTarget target{.address = [&client] { return client.address(); },
                             .campaign = campaign.name(),
                             .recover = WaitForDaemon(client.address(), &interrupts)};
    FW_ASSIGN(const WatchEnd end, WatchCampaign(target, STDOUT_FILENO, &interrupts));
    if (end == WatchEnd::kInterrupted) return kExitDone;
  }
  FW_ASSIGN(const v1::Campaign now, client.Find(campaign.name()));
  return HasEnded(now.state()) ? ExitCodeOf(now.state()) : kExitDone;
}

Result<v1::CampaignReport> ReadReportFile(const std::string& path) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  const JsonPlaces places("{}", path);
  FW_ASSIGN(const nlohmann::json checked,
            CheckMessageJson(value, *v1::CampaignReport::descriptor(), places));
  v1::CampaignReport report;
  FW_TRY(FillMessage(checked, &report).WithContext(path));
  return report;
}

// A report from a file that 'flywheel report --json' wrote, else from the daemon.
Result<v1::CampaignReport> FindReport(const Invocation& invocation, const std::string& source) {
  if (std::filesystem::is_regular_file(source)) return ReadReportFile(source);
  if (source.ends_with(".json")) return ReadReportFile(source);  // says that it is not there
  FW_ASSIGN(const Client client, invocation.Connect());
  FW_ASSIGN(const v1::Campaign campaign, client.Find(source));
  return client.Report(campaign.name());
}

// What the campaigns of an arm are called: what their names begin with, without the seed.
std::string ArmName(const std::vector<v1::CampaignReport>& reports, const char* otherwise) {
  std::string name = reports.front().display_name();
  for (const auto& report : reports) {
    const auto& other = report.display_name();
    const auto [end, ignored] = std::mismatch(name.begin(), name.end(), other.begin(), other.end());
    name.erase(end, name.end());
  }
  if (reports.size() > 1 && name != reports.front().display_name()) {
    while (name.ends_with('-') || name.ends_with('_')) name.pop_back();
    for (const std::string_view tail : {"-seed", "_seed", "-s", "_s"}) {
      if (name.ends_with(tail)) name.resize(name.size() - tail.size());
    }
  }
  return name.empty() ? otherwise : name;
}

struct CompareOptions {
  std::vector<std::string> positional;
  std::vector<std::string> a;
  std::vector<std::string> b;
};

std::vector<std::string> SplitAtCommas(const std::string& list) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= list.size()) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Result<Arm> LoadArm(const Invocation& invocation, const std::vector<std::string>& sources,
                    const char* name) {
  Arm arm{.name = name, .reports = {}};
  for (const std::string& list : sources) {
    for (const std::string& source : SplitAtCommas(list)) {
      FW_ASSIGN(v1::CampaignReport report, FindReport(invocation, source));
      arm.reports.push_back(std::move(report));
    }
  }
  if (!arm.reports.empty()) arm.name = ArmName(arm.reports, name);
  return arm;
}

Result<int> CompareCampaigns(const Invocation& invocation, const CompareOptions& options) {
  std::vector<std::string> a = options.a;
  std::vector<std::string> b = options.b;
  if (a.empty() && b.empty() && options.positional.size() == 2) {
    a = {options.positional[0]};
    b = {options.positional[1]};
  } else if (!options.positional.empty() || a.empty() || b.empty()) {
    return InvalidArgument(
        "compare: expected two campaigns, A B, or two arms, --a A1 A2 A3 --b B1 B2 B3");
  }
  FW_ASSIGN(Arm arm_a, LoadArm(invocation, a, "A"));
  FW_ASSIGN(Arm arm_b, LoadArm(invocation, b, "B"));
  if (arm_a.name == arm_b.name) {
    arm_a.name = "A";
    arm_b.name = "B";
  }
  FW_ASSIGN(const Comparison comparison, Compare(arm_a, arm_b));
  PrintOut(invocation.json ? RenderComparisonJson(comparison) : RenderComparison(comparison));
  return kExitDone;
}

}  // namespace

void AddWatch(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("watch", "Follow a campaign from its first event");
  auto name = std::make_shared<std::string>();
  auto after_seq = std::make_shared<int64_t>(0);
  command->add_option("campaign", *name, "Resource name, id or display name")
      ->type_name("CAMPAIGN")
      ->required();
  command
      ->add_option("--after-seq", *after_seq,
                   "With --json: only events after this journal position")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  AddServerOptions(command, invocation);
  command->footer(
      "With --json every event and every progress is one JSON object on a line of its own.\n"
      "Ctrl-C ends the watching, not the campaign. Exit code 1: the campaign did not succeed.");
  command->callback([invocation, name, after_seq] {
    invocation->action = [invocation, name, after_seq] {
      return Watch(*invocation, *name, *after_seq);
    };
  });
}

void AddReport(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("report", "Show what a campaign has found out so far");
  auto source = std::make_shared<std::string>();
  command
      ->add_option("campaign", *source,
                   "Resource name, id or display name, or a file with a report's JSON")
      ->type_name("CAMPAIGN")
      ->required();
  AddServerOptions(command, invocation);
  command->callback([invocation, source] {
    invocation->action = [invocation, source]() -> Result<int> {
      FW_ASSIGN(const v1::CampaignReport report, FindReport(*invocation, *source));
      PrintOut(invocation->json ? RenderReportJson(report) : RenderReport(report));
      return kExitDone;
    };
  });
}

void AddCompare(CLI::App* app, Invocation* invocation) {
  CLI::App* command =
      app->add_subcommand("compare", "Compare two campaigns, or two arms of several seeds each");
  auto options = std::make_shared<CompareOptions>();
  command
      ->add_option("campaigns", options->positional,
                   "A and B: campaigns or report files; several of an arm with commas between them")
      ->type_name("A B");
  command->add_option("--a", options->a, "Campaigns or report files of the first arm")
      ->type_name("A1 A2 ...");
  command->add_option("--b", options->b, "Campaigns or report files of the second arm")
      ->type_name("B1 B2 ...");
  AddServerOptions(command, invocation);
  command->footer(
      "Differences are A minus B, on the sealed split. One pair says only whether these two "
      "models\n"
      "differ; with three or more seeds an arm the arms themselves are tested. Report files come\n"
      "from 'flywheel report NAME --json' and need no daemon.");
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return CompareCampaigns(*invocation, *options); };
  });
}

}  // namespace flywheel
