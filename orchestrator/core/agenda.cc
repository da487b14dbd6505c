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

void Summarize(Agenda::Entry& entry) {
  entry.rank = {.priority = -int64_t{entry.state->spec->priority},
                .cpus = 0,
                .served = entry.state->task_seconds + entry.state->served_before,
                .id = entry.campaign};
  for (const RunningAttemptView& running : entry.running) {
    entry.rank.cpus += running.task->spec->resources.cpus;
    entry.running_start_ms += running.attempt->start_ms;
  }
  if (entry.waiting.empty()) return;
  const auto [first, last] = std::minmax_element(
      entry.waiting.begin(), entry.waiting.end(),
      [](const Task* a, const Task* b) { return a->not_before_ms < b->not_before_ms; });
  entry.first_due_ms = (*first)->not_before_ms;
  entry.last_due_ms = (*last)->not_before_ms;
}

void Fill(Agenda::Entry& entry, const CampaignState& campaign) {
  entry = Agenda::Entry();
  entry.campaign = campaign.id;
  entry.state = &campaign;
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
  Summarize(entry);
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

std::vector<Agenda::Entry>::const_iterator Agenda::Find(int64_t campaign) const {
  return std::lower_bound(entries_.begin(), entries_.end(), campaign,
                          [](const Entry& a, int64_t wanted) { return a.campaign < wanted; });
}

void Agenda::Refresh(const LoopState& state, int64_t id) {
  const auto place = Find(id);
  auto entry = entries_.begin() + (place - entries_.cbegin());
  const bool known = entry != entries_.end() && entry->campaign == id;
  const CampaignState* campaign = state.Find(id);
  running_.erase(id);
  delayed_.erase(id);
  if (known) resting_.erase(entry->rank);
  if (campaign == nullptr || IsFinal(campaign->phase)) {
    if (known) entries_.erase(entry);
    unsettled_.erase(id);
    return;
  }
  if (!known) entry = entries_.insert(entry, Entry());
  Fill(*entry, *campaign);
  if (!entry->running.empty()) running_.insert(id);
  if (entry->last_due_ms > 0) delayed_.insert(id);
  if (entry->rests()) resting_.insert(entry->rank);
  unsettled_.insert(id);
}

std::vector<int64_t> Agenda::TakeUnsettled() {
  std::vector<int64_t> ids(unsettled_.begin(), unsettled_.end());
  unsettled_.clear();
  return ids;
}

}  // namespace flywheel
