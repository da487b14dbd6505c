#include "orchestrator/store/saved_states.h"

#include <fmt/format.h>

namespace flywheel {

const char* SavedStates::CreateTables() {
  return R"(
    CREATE TABLE states (
      campaign INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      last_seq INTEGER NOT NULL,
      state BLOB NOT NULL,
      PRIMARY KEY (campaign, generation)
    );
    CREATE TABLE saved (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      generation INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      time_ms INTEGER NOT NULL,
      last_campaign INTEGER NOT NULL,
      last_fencing_token INTEGER NOT NULL,
      compacted_seq INTEGER NOT NULL
    );
    INSERT INTO saved VALUES (1, 0, 0, 0, 0, 0, 0);)";
}

Result<SavedStates> SavedStates::Open(SqliteConnection& connection) {
  SavedStates states(&connection);
  FW_ASSIGN(SqliteStatement head,
            connection.Prepare("SELECT generation, seq, time_ms, last_campaign, "
                               "last_fencing_token, compacted_seq FROM saved"));
  FW_ASSIGN(const bool row, head.Step());
  if (!row) return DataLoss("the row that says which state is saved is not there");
  states.head_ = {.generation = head.Int(0),
                  .seq = head.Int(1),
                  .time_ms = head.Int(2),
                  .last_campaign = head.Int(3),
                  .last_fencing_token = head.Int(4),
                  .compacted_seq = head.Int(5)};
  FW_ASSIGN(states.write_, connection.Prepare("INSERT OR REPLACE INTO states "
                                              "(campaign, generation, last_seq, state) "
                                              "VALUES (?1, ?2, ?3, ?4)"));
  FW_ASSIGN(states.drop_,
            connection.Prepare("DELETE FROM events WHERE seq IN (SELECT seq FROM events "
                               "WHERE campaign = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT ?3)"));
  return states;
}

Result<std::vector<SavedRow>> SavedStates::Load() {
  // SQLite takes the other columns from the row with the maximum.
  FW_ASSIGN(SqliteStatement select,
            connection_->Prepare("SELECT campaign, last_seq, state, max(generation) FROM states "
                                 "WHERE generation <= ?1 GROUP BY campaign"));
  select.BindInt(1, head_.generation);
  std::vector<SavedRow> rows;
  while (true) {
    FW_ASSIGN(const bool row, select.Step());
    if (!row) return rows;
    if (!select.Bytes(2).empty()) {
      rows.push_back({select.Int(0), select.Int(1), std::string(select.Bytes(2))});
    }
  }
}

Result<std::map<int64_t, int64_t>> SavedStates::LastSeqs() {
  FW_ASSIGN(SqliteStatement select,
            connection_->Prepare("SELECT campaign, last_seq, max(generation) FROM states "
                                 "WHERE generation <= ?1 GROUP BY campaign"));
  select.BindInt(1, head_.generation);
  std::map<int64_t, int64_t> last_seqs;
  while (true) {
    FW_ASSIGN(const bool row, select.Step());
    if (!row) return last_seqs;
    last_seqs[select.Int(0)] = select.Int(1);
  }
}

Status SavedStates::Write(const SavedRow& row) {
  write_->BindInt(1, row.campaign);
  write_->BindInt(2, head_.generation + 1);
  write_->BindInt(3, row.last_seq);
  write_->BindBlob(4, row.bytes);
  return write_->Run();
}

Status SavedStates::WriteHead(const SavedHead& next) {
  return connection_->Execute(
      fmt::format("UPDATE saved SET generation = {}, seq = {}, time_ms = {}, last_campaign = {}, "
                  "last_fencing_token = {}, compacted_seq = {}",
                  next.generation, next.seq, next.time_ms, next.last_campaign,
                  next.last_fencing_token, next.compacted_seq));
}

Status SavedStates::CleanUp() {
  return connection_->Execute(fmt::format(
      "DELETE FROM states WHERE generation > {0};"
      "DELETE FROM states WHERE EXISTS (SELECT 1 FROM states AS newer WHERE newer.campaign = "
      "states.campaign AND newer.generation > states.generation);"
      "DELETE FROM states WHERE length(state) = 0;",
      head_.generation));
}

Result<int64_t> SavedStates::DropEvents(int64_t campaign, int64_t seq, int64_t limit) {
  drop_->BindInt(1, campaign);
  drop_->BindInt(2, seq);
  drop_->BindInt(3, limit);
  FW_TRY(drop_->Run());
  return connection_->Changes();
}

Result<std::vector<SavedStates::History>> SavedStates::Histories() {
  FW_ASSIGN(SqliteStatement select,
            connection_->Prepare("SELECT campaign, max(seq) FROM events GROUP BY campaign"));
  FW_ASSIGN(SqliteStatement time, connection_->Prepare("SELECT time_ms FROM events "
                                                       "WHERE seq = ?1"));
  std::vector<History> histories;
  while (true) {
    FW_ASSIGN(const bool row, select.Step());
    if (!row) return histories;
    History history{.campaign = select.Int(0), .last_seq = select.Int(1)};
    time.BindInt(1, history.last_seq);
    FW_ASSIGN(const bool found, time.Step());
    if (found) history.last_time_ms = time.Int(0);
    time.Reset();
    histories.push_back(history);
  }
}

}  // namespace flywheel
