// The journal in SQLite: a table of events as event.proto bytes. One connection on one thread of
// its own, WAL, synchronous=FULL: what Append has confirmed survives a power cut. Everybody else
// waits for that thread. Does not interpret events.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/ports/journal.h"

namespace flywheel {

// Of the tables and of the encoding of events; a journal with a greater one is left alone.
inline constexpr int kJournalSchemaVersion = 2;

class SqliteJournal : public Journal {
 public:
  using MayWrite = std::function<Status()>;

  // Opens or creates the file and checks its integrity. FAILED_PRECONDITION: written by a newer
  // version (the file is not touched). DATA_LOSS: damaged, or not a journal. PERMISSION_DENIED and
  // RESOURCE_EXHAUSTED as of the disk. `may_write` is asked before every commit; nothing is written
  // once it fails, and Append returns what it says.
  static Result<std::unique_ptr<SqliteJournal>> Open(const std::string& path,
                                                     MayWrite may_write = {});
  ~SqliteJournal() override;

  Status Append(std::span<const Event> events) override;
  Result<SavedState> LoadState() override;
  Status Replay(const std::function<Status(const JournalEntry&)>& visit) override;
  Result<std::vector<Event>> Read(const EventQuery& query) override;
  int64_t last_seq() const override { return last_seq_.load(); }
  Status Compact(const LoopState& state, TimeMs ended_before) override;
  int64_t compacted_seq() const override { return compacted_seq_.load(); }

 private:
  struct Store;
  struct Row;
  struct History;  // of a campaign that is over
  explicit SqliteJournal(std::unique_ptr<Store> store);
  Result<std::vector<Row>> ReadRows(const EventQuery& query);
  // On the store thread, as one commit.
  Status Commit(const std::function<Status()>& write);
  Status SaveCampaigns(const LoopState& state);
  Result<std::vector<History>> OldHistories(const LoopState& state, TimeMs ended_before);
  Status DropHistories(const LoopState& state, const std::vector<History>& histories);

  std::unique_ptr<Store> store_;
  std::atomic<int64_t> last_seq_ = 0;
  std::atomic<int64_t> compacted_seq_ = 0;
};

}  // namespace flywheel
