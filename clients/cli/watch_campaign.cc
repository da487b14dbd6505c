#include "clients/cli/watch_campaign.h"

#include <fmt/format.h>

#include <memory>

#include "clients/cli/live_pane.h"
#include "clients/cli/watch_story.h"

namespace flywheel {
namespace {

// Interruptions without any message between them, after which there is no point in going on.
constexpr int kMaxFruitlessTries = 5;

bool WorthAnotherTry(const Status& status) {
  return status.code() == StatusCode::kUnavailable ||
         status.code() == StatusCode::kResourceExhausted;  // read too slowly and was cut off
}

// Shows messages until the stream ends. True when there was any.
bool ShowStream(EventStream* stream, WatchStory* story, LivePane* pane) {
  bool any = false;
  while (const auto message = stream->Next()) {
    any = true;
    if (message->has_event()) {
      pane->Print(story->Tell(message->event()));
    } else {
      story->Update(message->progress());
    }
    pane->Show(story->running());
  }
  return any;
}

}  // namespace

Result<WatchEnd> WatchCampaign(const WatchTarget& target, int fd, Interrupts* interrupts) {
  WatchStory story;
  LivePane pane(fd);
  int fruitless = 0;
  while (true) {
    const Client client(target.address());
    v1::WatchEventsRequest request;
    request.set_name(target.campaign);
    request.set_after_seq(story.last_seq());
    request.set_with_progress(true);
    EventStream stream = client.Watch(request);
    interrupts->OnInterrupt([&stream] { stream.Cancel(); });
    fruitless = ShowStream(&stream, &story, &pane) ? 0 : fruitless + 1;
    const Status status = stream.Finish();
    interrupts->OnInterrupt({});
    pane.Clear();
    if (interrupts->count() > 0) return WatchEnd::kInterrupted;
    if (status.ok()) return WatchEnd::kCampaignEnded;
    if (status.code() == StatusCode::kOutOfRange) {
      // Its history was compacted: there is nothing to tell but how it ended.
      FW_ASSIGN(const v1::Campaign campaign, client.Find(target.campaign));
      if (!HasEnded(campaign.state())) return status;
      pane.Print(
          {fmt::format("{}: {} (its events have been compacted)",
                       v1::Campaign::State_Name(campaign.state()), campaign.state_reason())});
      return WatchEnd::kCampaignEnded;
    }
    if (!WorthAnotherTry(status) || fruitless >= kMaxFruitlessTries) return status;
    FW_ASSIGN(const bool back, target.recover());
    if (interrupts->count() > 0) return WatchEnd::kInterrupted;
    if (back) pane.Print({"the daemon is back; going on where it was"});
  }
}

std::function<Result<bool>()> WaitForDaemon(const std::string& address, Interrupts* interrupts) {
  return [address, interrupts]() -> Result<bool> {
    constexpr int kTries = 60;
    const Client client(address);
    Status status;
    for (int i = 0; i < kTries && interrupts->count() == 0; ++i) {
      status = client.WaitUntilReady(1);
      if (status.ok()) return true;
    }
    if (interrupts->count() > 0) return false;
    return status;
  };
}

}  // namespace flywheel
