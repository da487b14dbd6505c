#include "orchestrator/core/agenda.h"

#include <algorithm>
#include <utility>

#include "orchestrator/core/deadlines.h"

namespace flywheel {
namespace {

bool MayStart(const CampaignState& campaign) {
  return campaign.phase == CampaignPhase::kRunning && campaign.quarantine.empty() &&
         campaign.doom.empty();
}

void Fill(Agenda::Entry& entry, const CampaignState& campaign) {
  entry = {.campaign = campaign.id, .state = &campaign, .running = {}, .waiting = {}};
  ForEachOpenTask(campaign, [&](const Task& task) {
    if (const Attempt* running = task.running()) {
      entry.running.push_back({&campaign, &task, running});
    } else if (task.state == TaskState::kWaiting && MayStart(campaign)) {
      entry.waiting.push_back(&task);
    }
  });
  // What is needed to go on comes first and alone: the earliest, since the next may need it.
  if (!campaign.reruns.empty() && !entry.waiting.empty()) {
    const bool first = entry.waiting.front()->id == campaign.reruns.front();
    entry.waiting.resize(first ? 1 : 0);
  }
}

}  // namespace

Agenda::Agenda(const LoopState& state) {
  for (const auto& [id, campaign] : state.campaigns) {
    if (!IsFinal(campaign->phase)) touched_.insert(id);
  }
  Refresh(state);
}

void Agenda::Refresh(const LoopState& state) {
  for (const int64_t campaign : std::exchange(touched_, {})) Refresh(state, campaign);
}

void Agenda::Refresh(const LoopState& state, int64_t id) {
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), id,
                                [](const Entry& a, int64_t wanted) { return a.campaign < wanted; });
  const bool known = entry != entries_.end() && entry->campaign == id;
  const CampaignState* campaign = state.Find(id);
  if (campaign == nullptr || IsFinal(campaign->phase)) {
    if (known) entries_.erase(entry);
    unsettled_.erase(id);
    return;
  }
  if (!known) entry = entries_.insert(entry, Entry());
  Fill(*entry, *campaign);
  unsettled_.insert(id);
}

std::vector<int64_t> Agenda::TakeUnsettled() {
  std::vector<int64_t> ids(unsettled_.begin(), unsettled_.end());
  unsettled_.clear();
  return ids;
}

}  // namespace flywheel
