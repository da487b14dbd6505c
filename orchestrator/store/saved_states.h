// The journal's saved state in SQLite: a row a campaign with its snapshot.proto bytes, and one row
// that says which generation of them counts. Written a few rows at a time and made valid by one
// small commit. Private to this folder; everything on the store thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/time.h"
#include "orchestrator/store/sqlite.h"

namespace flywheel {

// The row that says what counts.
struct SavedHead {
  int64_t generation = 0;
  int64_t seq = 0;
  TimeMs time_ms = 0;
  int64_t last_campaign = 0;
  int64_t last_fencing_token = 0;
  int64_t compacted_seq = 0;
};

struct SavedRow {
  int64_t campaign = 0;
  int64_t last_seq = 0;  // of the campaign
  std::string bytes;     // empty: the campaign is gone
};

class SavedStates {
 public:
  // Statements that make the tables and their one row; within the caller's transaction.
  static const char* CreateTables();

  static Result<SavedStates> Open(SqliteConnection& connection);

  const SavedHead& head() const { return head_; }
  // Rows of the generation that counts; those of campaigns that are gone are left out.
  Result<std::vector<SavedRow>> Load();

  // The campaigns of that generation and the last event that each has taken in.
  Result<std::map<int64_t, int64_t>> LastSeqs();

  // One row of the next generation.
  Status Write(const SavedRow& row);
  // From now on (when the caller's transaction commits) the next generation counts.
  Status WriteHead(const SavedHead& next);
  void Committed(const SavedHead& next) { head_ = next; }

  // What no generation needs that counts, or that a crash left behind.
  Status CleanUp();
  // Deletes up to `limit` of the campaign's events up to `seq`, the latest first, so that whoever
  // reads can tell by the last one. Returns how many there were.
  Result<int64_t> DropEvents(int64_t campaign, int64_t seq, int64_t limit);

  // Campaigns with events, and the number and time of the last one of each.
  struct History {
    int64_t campaign = 0;
    int64_t last_seq = 0;
    TimeMs last_time_ms = 0;
  };
  Result<std::vector<History>> Histories();

 private:
  explicit SavedStates(SqliteConnection* connection) : connection_(connection) {}

  SqliteConnection* connection_;
  SavedHead head_;
  std::optional<SqliteStatement> write_;
  std::optional<SqliteStatement> drop_;
};

}  // namespace flywheel
