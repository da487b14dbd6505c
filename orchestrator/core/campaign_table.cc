#include "orchestrator/core/campaign_table.h"

#include <algorithm>

namespace flywheel {

std::optional<Shared<CampaignState>>& CampaignTable::EditSlot(int64_t id) {
  const auto block = static_cast<size_t>(id / kBlockSize);
  if (block >= blocks_.size()) blocks_.resize(block + 1);
  return blocks_[block].Edit()[Offset(id)];
}

CampaignState& CampaignTable::Edit(int64_t id) {
  std::optional<Shared<CampaignState>>& slot = EditSlot(id);
  if (!slot) {
    slot.emplace();
    ++size_;
  }
  return slot->Edit();
}

void CampaignTable::Put(int64_t id, Shared<CampaignState> campaign) {
  std::optional<Shared<CampaignState>>& slot = EditSlot(id);
  size_ += slot ? 0 : 1;
  slot = std::move(campaign);
}

void CampaignTable::Erase(int64_t id) {
  if (Slot(id) == nullptr) return;
  EditSlot(id).reset();
  --size_;
}

CampaignTable::Iterator CampaignTable::AtOrAfter(int64_t id) const {
  id = std::clamp<int64_t>(id, 0, limit());
  while (id < limit() && Slot(id) == nullptr) ++id;
  return {this, id};
}

bool CampaignTable::operator==(const CampaignTable& other) const {
  return size_ == other.size_ &&
         std::equal(begin(), end(), other.begin(), other.end(), [](const auto& a, const auto& b) {
           return a.first == b.first && a.second == b.second;
         });
}

}  // namespace flywheel
