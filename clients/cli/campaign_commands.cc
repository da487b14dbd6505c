// `list`, `get`, `pause`, `resume`, `cancel`, `delete`, `rerun`, `events` and `workers`: one call
// each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>

#include "clients/cli/command.h"
#include "clients/cli/message_json.h"
#include "clients/cli/number_text.h"
#include "clients/cli/progress_line.h"
#include "clients/cli/text_table.h"
#include "clients/cli/watch_story.h"

namespace flywheel {
namespace {

std::string StateText(const v1::Campaign& campaign) {
  return v1::Campaign::State_Name(campaign.state());
}

std::string PlaceText(const v1::Campaign& campaign) {
  if (HasEnded(campaign.state()) || campaign.stage().empty()) return "-";
  return fmt::format("i{}/{}", campaign.iteration(), campaign.stage());
}

void PrintCampaigns(const std::vector<v1::Campaign>& campaigns) {
  if (campaigns.empty()) return PrintOut("no campaigns");
  TextTable table({"name", "display name", "state", "at", "created", "why"}, 6);
  for (const v1::Campaign& campaign : campaigns) {
    table.AddRow({campaign.name(), campaign.spec().display_name(), StateText(campaign),
                  PlaceText(campaign), LocalTime(campaign.create_time()), campaign.state_reason()});
  }
  PrintOut(table.Render());
}

std::string IterationText(const v1::Campaign& campaign) {
  const int iterations = campaign.spec().iterations();
  if (campaign.iteration() > iterations) return fmt::format("all {} done", iterations);
  return fmt::format("{} of {}, stage {}", campaign.iteration(), iterations, campaign.stage());
}

std::string CampaignText(const v1::Campaign& campaign) {
  std::string text = fmt::format("{} ({}): {}\n", campaign.spec().display_name(), campaign.name(),
                                 StateText(campaign));
  if (!campaign.state_reason().empty()) text += fmt::format("{}\n", campaign.state_reason());
  text += fmt::format("  created    {}\n", LocalTime(campaign.create_time()));
  if (campaign.has_end_time()) {
    text += fmt::format("  ended      {}\n", LocalTime(campaign.end_time()));
  }
  text += fmt::format("  iteration  {}\n", IterationText(campaign));
  text += fmt::format("  seed       {}\n", campaign.spec().seed());
  if (!campaign.champion().empty()) text += fmt::format("  champion   {}\n", campaign.champion());
  for (const auto& attempt : campaign.running()) text += ProgressLogLine(attempt) + "\n";
  return text;
}

void PrintCampaign(const v1::Campaign& campaign, bool json) {
  PrintOut(json ? ToPrettyJson(campaign) : CampaignText(campaign));
}

// The state that a campaign is in, from "running" or "RUNNING".
Result<v1::Campaign::State> ParseState(const std::string& given) {
  std::string text = given;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  v1::Campaign::State state = v1::Campaign::STATE_UNSPECIFIED;
  if (v1::Campaign::State_Parse(text, &state) && state != v1::Campaign::STATE_UNSPECIFIED) {
    return state;
  }
  return InvalidArgument(fmt::format(
      "--state {}: expected RUNNING, PAUSED, CANCELLING, SUCCEEDED, FAILED or CANCELLED", given));
}

Result<int> ListEvents(const Invocation& invocation, const std::string& name, int64_t after_seq) {
  FW_ASSIGN(const Client client, invocation.Connect());
  v1::ListEventsRequest request;
  request.set_after_seq(after_seq);
  if (!name.empty()) {
    FW_ASSIGN(const v1::Campaign campaign, client.Find(name));
    request.set_name(campaign.name());
  }
  FW_ASSIGN(const std::vector<v1::Event> events, client.Events(request));
  if (invocation.json) {
    v1::ListEventsResponse all;
    for (const auto& event : events) *all.add_events() = event;
    PrintOut(ToPrettyJson(all));
    return kExitDone;
  }
  if (events.empty()) PrintOut("no events");
  for (const auto& event : events) {
    // "campaigns/c7" as logs write it, "c7".
    const std::string campaign = event.campaign().substr(event.campaign().find('/') + 1);
    PrintOut(fmt::format("{:>6}  {}  {:<4} {}", event.seq(), LocalTime(event.time()), campaign,
                         event.why()));
  }
  return kExitDone;
}

Result<int> ListWorkers(const Invocation& invocation) {
  FW_ASSIGN(const Client client, invocation.Connect());
  FW_ASSIGN(const v1::ListWorkersResponse response, client.Workers());
  if (invocation.json) {
    PrintOut(ToPrettyJson(response));
    return kExitDone;
  }
  if (response.workers().empty()) {
    PrintOut("no workers are connected; the daemon starts them when there is something to do");
    return kExitDone;
  }
  TextTable table({"worker", "host", "attempt", "pid", "cpus", "memory", "silent"}, 3);
  for (const v1::Worker& worker : response.workers()) {
    table.AddRow({worker.worker_id(), worker.host(),
                  worker.attempt().empty() ? "idle" : worker.attempt(),
                  fmt::format("{}", worker.pid()), fmt::format("{}", worker.cpus()),
                  fmt::format("{} MiB", CountText(worker.memory_mb())),
                  fmt::format("{} s", SecondsText(worker.silent_s()))});
  }
  PrintOut(table.Render());
  return kExitDone;
}

struct NameOptions {
  std::string name;
  std::string etag;
  bool now = false;  // of pause
};

void AddName(CLI::App* command, std::string* name) {
  command->add_option("campaign", *name, "Resource name (campaigns/c7), id (c7) or display name")
      ->type_name("CAMPAIGN")
      ->required();
}

// One of pause, resume, cancel and delete.
template <typename Request, typename Method>
void AddTransition(CLI::App* app, Invocation* invocation, const char* name, const char* help,
                   Method method) {
  CLI::App* command = app->add_subcommand(name, help);
  auto options = std::make_shared<NameOptions>();
  AddName(command, &options->name);
  command->add_option("--etag", options->etag, "Only if the campaign is still as it was read")
      ->type_name("ETAG");
  if constexpr (std::is_same_v<Request, v1::PauseCampaignRequest>) {
    command->add_flag("--now", options->now,
                      "Stop running attempts too, trainers at a checkpoint; they start again on "
                      "resume");
  }
  AddServerOptions(command, invocation);
  command->callback([invocation, options, method] {
    invocation->action = [invocation, options, method]() -> Result<int> {
      FW_ASSIGN(const Client client, invocation->Connect());
      FW_ASSIGN(const v1::Campaign found, client.Find(options->name));
      Request request;
      request.set_name(found.name());
      request.set_etag(options->etag);
      if constexpr (std::is_same_v<Request, v1::PauseCampaignRequest>)
        request.set_now(options->now);
      FW_ASSIGN(const v1::Campaign campaign, (client.*method)(request));
      PrintCampaign(campaign, invocation->json);
      return kExitDone;
    };
  });
}

}  // namespace

void AddList(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("list", "List campaigns, newest first");
  auto states = std::make_shared<std::vector<std::string>>();
  command->add_option("--state", *states, "Only campaigns in this state; may be repeated")
      ->type_name("STATE")
      ->allow_extra_args(false);
  AddServerOptions(command, invocation);
  command->callback([invocation, states] {
    invocation->action = [invocation, states]() -> Result<int> {
      v1::ListCampaignsRequest filter;
      for (const std::string& text : *states) {
        FW_ASSIGN(const v1::Campaign::State state, ParseState(text));
        filter.add_states(state);
      }
      FW_ASSIGN(const Client client, invocation->Connect());
      FW_ASSIGN(const std::vector<v1::Campaign> campaigns, client.List(filter));
      if (!invocation->json) {
        PrintCampaigns(campaigns);
        return kExitDone;
      }
      v1::ListCampaignsResponse all;
      for (const auto& campaign : campaigns) *all.add_campaigns() = campaign;
      PrintOut(ToPrettyJson(all));
      return kExitDone;
    };
  });
}

void AddGet(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("get", "Show one campaign as it is now");
  auto name = std::make_shared<std::string>();
  AddName(command, name.get());
  AddServerOptions(command, invocation);
  command->callback([invocation, name] {
    invocation->action = [invocation, name]() -> Result<int> {
      FW_ASSIGN(const Client client, invocation->Connect());
      FW_ASSIGN(const v1::Campaign campaign, client.Find(*name));
      PrintCampaign(campaign, invocation->json);
      return kExitDone;
    };
  });
}

void AddTransitions(CLI::App* app, Invocation* invocation) {
  AddTransition<v1::PauseCampaignRequest>(
      app, invocation, "pause", "Start nothing new; running attempts finish", &Client::Pause);
  AddTransition<v1::ResumeCampaignRequest>(app, invocation, "resume", "Undo a pause",
                                           &Client::Resume);
  AddTransition<v1::CancelCampaignRequest>(app, invocation, "cancel",
                                           "End a campaign for good; running attempts are stopped",
                                           &Client::Cancel);
  AddTransition<v1::DeleteCampaignRequest>(
      app, invocation, "delete",
      "Forget a campaign that has ended; what it alone has made becomes garbage", &Client::Delete);
}

void AddRerun(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand(
      "rerun", "Run a task again that had succeeded: what it made is damaged or gone");
  auto request = std::make_shared<v1::RerunTaskRequest>();
  command
      ->add_option_function<std::string>(
          "task", [request](const std::string& task) { request->set_task(task); },
          "As events and fsck name it, c7/i2/generate/t0")
      ->type_name("TASK")
      ->required();
  AddServerOptions(command, invocation);
  command->callback([invocation, request] {
    invocation->action = [invocation, request]() -> Result<int> {
      FW_ASSIGN(const Client client, invocation->Connect());
      FW_ASSIGN(const v1::Campaign campaign, client.Rerun(*request));
      PrintCampaign(campaign, invocation->json);
      return kExitDone;
    };
  });
}

void AddEvents(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("events", "List what happened and why, oldest first");
  auto name = std::make_shared<std::string>();
  auto after_seq = std::make_shared<int64_t>(0);
  command->add_option("campaign", *name, "Only this campaign's events")->type_name("CAMPAIGN");
  command->add_option("--after-seq", *after_seq, "Only events after this journal position")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  AddServerOptions(command, invocation);
  command->callback([invocation, name, after_seq] {
    invocation->action = [invocation, name, after_seq] {
      return ListEvents(*invocation, *name, *after_seq);
    };
  });
}

void AddWorkers(CLI::App* app, Invocation* invocation) {
  CLI::App* command = app->add_subcommand("workers", "List the workers that are connected");
  AddServerOptions(command, invocation);
  command->callback(
      [invocation] { invocation->action = [invocation] { return ListWorkers(*invocation); }; });
}

}  // namespace flywheel
