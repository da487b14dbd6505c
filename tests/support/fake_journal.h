// A journal in memory. What was appended outlives the loop that wrote it, like a file outlives a
// daemon; failures and unreadable entries can be put in.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/ports/journal.h"

namespace flywheel {

class FakeJournal : public Journal {
 public:
  Status Append(std::span<const Event> events) override;
  Result<SavedState> LoadState() override;
  Status Replay(const std::function<Status(const JournalEntry&)>& visit) override;
  Result<std::vector<Event>> Read(const EventQuery& query) override;
  int64_t last_seq() const override;
  Status Compact(const LoopState& state, TimeMs ended_before) override;
  int64_t compacted_seq() const override;

  // The next Append fails with this, once. `written`: all of the batch is kept nevertheless, like a
  // commit whose answer was lost.
  enum class Written { kNo, kYes };
  void FailNext(Status status, Written written);
  // Replay and Read cannot read this entry from now on.
  void Spoil(int64_t seq, std::string error);

  // All that were ever written, dropped ones included.
  std::vector<Event> events() const;
  int64_t appends() const { return appends_; }

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::map<int64_t, std::string> spoiled_;
  Status failure_;
  Written written_ = Written::kNo;
  int64_t appends_ = 0;
  LoopState saved_;
  std::set<int64_t> dropped_;  // campaigns whose events Read and Replay no longer find
  int64_t compacted_seq_ = 0;
};

}  // namespace flywheel
