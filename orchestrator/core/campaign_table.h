// CampaignTable: campaigns by their numbers, cheap to copy however many there are. Copies share
// blocks of campaigns until one of them edits a block, so that a snapshot costs a pointer a block
// and a turn copies only what it touches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/core/campaign.h"
#include "orchestrator/core/shared.h"

namespace flywheel {

class CampaignTable {
  static constexpr int64_t kBlockSize = 64;
  using Block = std::array<std::optional<Shared<CampaignState>>, kBlockSize>;

 public:
  // In the order of numbers, both ways.
  class Iterator {
   public:
    using value_type = std::pair<int64_t, const Shared<CampaignState>&>;
    using reference = value_type;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::bidirectional_iterator_tag;

    Iterator() = default;
    reference operator*() const { return {id_, *table_->Slot(id_)}; }
    Iterator& operator++() {
      do ++id_;
      while (id_ < table_->limit() && table_->Slot(id_) == nullptr);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    Iterator& operator--() {
      do --id_;
      while (id_ > 0 && table_->Slot(id_) == nullptr);
      return *this;
    }
    Iterator operator--(int) {
      Iterator before = *this;
      --*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    friend class CampaignTable;
    Iterator(const CampaignTable* table, int64_t id) : table_(table), id_(id) {}
    const CampaignTable* table_ = nullptr;
    int64_t id_ = 0;
  };

  // Null when there is none.
  const Shared<CampaignState>* Find(int64_t id) const { return Slot(id); }
  // To change in place; made when there is none. `id` is not negative.
  CampaignState& Edit(int64_t id);
  void Put(int64_t id, Shared<CampaignState> campaign);
  void Erase(int64_t id);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return AtOrAfter(0); }
  Iterator end() const { return {this, limit()}; }
  // The first campaign with this number or a greater one.
  Iterator AtOrAfter(int64_t id) const;

  bool operator==(const CampaignTable& other) const;

 private:
  int64_t limit() const { return static_cast<int64_t>(blocks_.size()) * kBlockSize; }
  const Shared<CampaignState>* Slot(int64_t id) const {
    if (id < 0 || id >= limit()) return nullptr;
    const auto& slot = (*blocks_[static_cast<size_t>(id / kBlockSize)])[Offset(id)];
    return slot ? &*slot : nullptr;
  }
  static size_t Offset(int64_t id) { return static_cast<size_t>(id % kBlockSize); }
  std::optional<Shared<CampaignState>>& EditSlot(int64_t id);

  std::vector<Shared<Block>> blocks_;
  size_t size_ = 0;
};

}  // namespace flywheel
