#include "orchestrator/core/loop_state.h"

namespace flywheel {

const CampaignState* LoopState::Find(int64_t campaign) const {
  const Shared<CampaignState>* found = campaigns.Find(campaign);
  return found == nullptr ? nullptr : &**found;
}

const CampaignState* LoopState::FindLive(std::string_view display_name) const {
  for (const auto& [id, campaign] : campaigns) {
    if (!IsFinal(campaign->phase) && campaign->spec->display_name == display_name)
      return &*campaign;
  }
  return nullptr;
}

bool SameHistory(const LoopState& a, const LoopState& b) {
  return a.last_seq == b.last_seq && a.last_time_ms == b.last_time_ms &&
         a.last_campaign == b.last_campaign && a.last_fencing_token == b.last_fencing_token &&
         a.campaigns == b.campaigns && a.requests == b.requests;
}

std::string HeldAttemptName(const WorkerState& worker) {
  return worker.holding.empty() ? "" : ToString(worker.holding.begin()->first);
}

}  // namespace flywheel
