#include "orchestrator/store/sqlite_journal.h"

#include <fmt/format.h>
#include <google/protobuf/arena.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "flywheel/v1/event.pb.h"
#include "orchestrator/store/saved_states.h"
#include "orchestrator/store/sqlite.h"
#include "orchestrator/store/store_thread.h"
#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/snapshot_codec.h"

namespace flywheel {
namespace {

// "flyw": tells this file from any other SQLite database.
constexpr int64_t kApplicationId = 0x666c7977;
constexpr int32_t kReplayPage = 1000;
// Room for the messages of most events.
constexpr size_t kArenaBytes = 16 * 1024;
// How much of a compaction others may have to wait for.
constexpr size_t kSavedBytesACommit = 256 * 1024;
constexpr int64_t kDroppedEventsACommit = 500;

constexpr char kCreateTables[] = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event BLOB NOT NULL
  );
  CREATE INDEX events_by_campaign ON events (campaign, seq);
  PRAGMA application_id = 0x666c7977;)";

Result<int64_t> QueryNumber(SqliteConnection& connection, std::string_view sql) {
  FW_ASSIGN(SqliteStatement statement, connection.Prepare(sql));
  FW_ASSIGN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

// Whose file this is, before anything in it is changed. The version of its tables, 0: new and
// empty.
Result<int64_t> CheckOwnership(SqliteConnection& connection, const std::string& path) {
  FW_ASSIGN(const int64_t application, QueryNumber(connection, "PRAGMA application_id"));
  FW_ASSIGN(const int64_t version, QueryNumber(connection, "PRAGMA user_version"));
  FW_ASSIGN(const int64_t tables, QueryNumber(connection, "SELECT count(*) FROM sqlite_master"));
  if (application == 0 && version == 0 && tables == 0) return 0;
  if (application != kApplicationId) {
    return DataLoss(fmt::format("{}: a database of another program, expected a journal", path));
  }
  if (version > kJournalSchemaVersion) {
    return FailedPrecondition(
        fmt::format("{}: written by a newer version of flywheeld (schema {}, this one knows up to "
                    "{}); use that version",
                    path, version, kJournalSchemaVersion));
  }
  return version;
}

// Makes what the file lacks, in one commit. Version 1 had events alone.
Status Upgrade(SqliteConnection& connection, int64_t version) {
  if (version == kJournalSchemaVersion) return OkStatus();
  std::string sql = version == 0 ? kCreateTables : "BEGIN IMMEDIATE;";
  sql += SavedStates::CreateTables();
  sql += fmt::format("PRAGMA user_version = {}; COMMIT;", kJournalSchemaVersion);
  return connection.Execute(sql);
}

// A pragma that was not taken is silent; the answer is what counts.
Status SetPragma(SqliteConnection& connection, const std::string& name, const std::string& value,
                 const std::string& answer) {
  FW_TRY(connection.QueryText(fmt::format("PRAGMA {} = {}", name, value)).status());
  FW_ASSIGN(const std::string actual, connection.QueryText(fmt::format("PRAGMA {}", name)));
  if (actual == answer) return OkStatus();
  return Internal(fmt::format("SQLite did not take {} = {}: it is '{}' now", name, value, actual));
}

Status Configure(SqliteConnection& connection) {
  // Nobody else may open the file: with two connections this SQLite can damage a WAL.
  FW_TRY(SetPragma(connection, "locking_mode", "EXCLUSIVE", "exclusive"));
  FW_TRY(SetPragma(connection, "journal_mode", "WAL", "wal"));
  // NORMAL would lose confirmed events in a power cut. 2 is FULL.
  return SetPragma(connection, "synchronous", "FULL", "2");
}

Status CheckIntegrity(SqliteConnection& connection, const std::string& path) {
  FW_ASSIGN(const std::string answer, connection.QueryText("PRAGMA integrity_check"));
  if (answer == "ok") return OkStatus();
  return DataLoss(fmt::format("{}: damaged: {}", path, answer));
}

}  // namespace

struct SqliteJournal::Row {
  int64_t seq = 0;
  int64_t campaign = 0;
  std::string bytes;

  Result<Event> Decode() const {
    v1::Event message;
    if (!message.ParseFromString(bytes)) {
      return DataLoss(fmt::format("event {}: {} bytes that are no event", seq, bytes.size()));
    }
    FW_ASSIGN(Event event, FromProto(message));
    if (event.seq != seq || event.campaign != campaign) {
      return DataLoss(fmt::format("event {} of campaign {}: holds event {} of campaign {}", seq,
                                  campaign, event.seq, event.campaign));
    }
    return event;
  }
};

struct SqliteJournal::History {
  int64_t campaign = 0;
  int64_t last_seq = 0;
};

// What only the store thread touches. The thread is the last member: it ends before the connection.
struct SqliteJournal::Store {
  MayWrite may_write;
  Status broken;
  std::optional<SqliteConnection> connection;
  std::optional<SqliteStatement> insert;
  std::optional<SqliteStatement> select_all;
  std::optional<SqliteStatement> select_campaign;
  std::optional<SavedStates> states;
  StoreThread thread;

  Result<int64_t> Open(const std::string& path) {
    FW_ASSIGN(connection, SqliteConnection::Open(path));
    FW_ASSIGN(const int64_t version, CheckOwnership(*connection, path));
    FW_TRY(Configure(*connection));
    if (version > 0) FW_TRY(CheckIntegrity(*connection, path));
    FW_TRY(Upgrade(*connection, version));
    FW_ASSIGN(states, SavedStates::Open(*connection));
    FW_ASSIGN(insert, connection->Prepare("INSERT INTO events (seq, campaign, time_ms, event) "
                                          "VALUES (?1, ?2, ?3, ?4)"));
    FW_ASSIGN(select_all, connection->Prepare("SELECT seq, campaign, event FROM events "
                                              "WHERE seq > ?1 ORDER BY seq LIMIT ?2"));
    FW_ASSIGN(select_campaign,
              connection->Prepare("SELECT seq, campaign, event FROM events "
                                  "WHERE campaign = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2"));
    FW_ASSIGN(const int64_t last, QueryNumber(*connection, "SELECT max(seq) FROM events"));
    return std::max(last, states->head().seq);
  }

  // All that `write` does, or nothing of it. After a failure that is no full disk only a replay can
  // tell what is durable: nothing more is written then, not even by somebody else.
  Status Commit(const std::function<Status()>& write) {
    if (!broken.ok()) return broken;
    if (may_write) FW_TRY(may_write());
    FW_TRY(connection->Execute("BEGIN IMMEDIATE"));
    Status status = write();
    if (status.ok()) status = connection->Commit();
    // SQLite rolls back by itself after some errors; a second rollback fails and does no harm.
    if (!status.ok()) (void)connection->Execute("ROLLBACK");
    if (!status.ok() && status.code() != StatusCode::kResourceExhausted) {
      broken = status.WithContext("an earlier write failed");
    }
    return status;
  }

  Status Insert(const Event& event, const std::string& bytes) {
    insert->BindInt(1, event.seq);
    insert->BindInt(2, event.campaign);
    insert->BindInt(3, event.time_ms);
    insert->BindBlob(4, bytes);
    return insert->Run();
  }

  Status Append(std::span<const Event> events, const std::vector<std::string>& bytes) {
    return Commit([&] {
      for (size_t i = 0; i < events.size(); ++i) FW_TRY(Insert(events[i], bytes[i]));
      return OkStatus();
    });
  }

  Result<std::vector<Row>> Read(const EventQuery& query) {
    SqliteStatement& select = query.campaign == 0 ? *select_all : *select_campaign;
    select.BindInt(1, query.after_seq);
    select.BindInt(2, query.limit);
    if (query.campaign != 0) select.BindInt(3, query.campaign);
    std::vector<Row> rows;
    Result<bool> more = select.Step();
    for (; more.ok() && *more; more = select.Step()) {
      rows.push_back({select.Int(0), select.Int(1), std::string(select.Bytes(2))});
    }
    select.Reset();
    if (!more.ok()) return more.status();
    return rows;
  }
};

SqliteJournal::SqliteJournal(std::unique_ptr<Store> store) : store_(std::move(store)) {}
SqliteJournal::~SqliteJournal() = default;

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::Open(const std::string& path,
                                                           MayWrite may_write) {
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::make_unique<Store>()));
  Store& store = *journal->store_;
  store.may_write = std::move(may_write);
  Result<int64_t> last = store.thread.Run([&] { return store.Open(path); });
  if (!last.ok()) return last.status().WithContext("journal");
  journal->last_seq_ = *last;
  journal->compacted_seq_ = store.states->head().compacted_seq;
  return journal;
}

Status SqliteJournal::Append(std::span<const Event> events) {
  std::vector<std::string> bytes;
  bytes.reserve(events.size());
  std::array<char, kArenaBytes> room;
  google::protobuf::Arena arena(room.data(), room.size());
  int64_t seq = last_seq_;
  for (const Event& event : events) {
    if (event.seq != ++seq) {
      return Internal(fmt::format("journal: append of event {}: expected seq {}", event.seq, seq));
    }
    auto* message = google::protobuf::Arena::CreateMessage<v1::Event>(&arena);
    FW_TRY(Write(event, *message));
    bytes.push_back(message->SerializeAsString());
    arena.Reset();
  }
  if (events.empty()) return OkStatus();
  const Status status = store_->thread.Run([&] { return store_->Append(events, bytes); });
  if (!status.ok()) return status.WithContext("journal");
  last_seq_ = seq;
  return OkStatus();
}

Result<std::vector<SqliteJournal::Row>> SqliteJournal::ReadRows(const EventQuery& query) {
  Result<std::vector<Row>> rows = store_->thread.Run([&] { return store_->Read(query); });
  if (!rows.ok()) return rows.status().WithContext("journal");
  return rows;
}

Status SqliteJournal::Replay(const std::function<Status(const JournalEntry&)>& visit) {
  const int64_t saved = store_->thread.Run([&] { return store_->states->head().seq; });
  EventQuery query{.after_seq = saved, .campaign = 0, .limit = kReplayPage};
  while (true) {
    FW_ASSIGN(const std::vector<Row> rows, ReadRows(query));
    for (const Row& row : rows) {
      if (row.seq != query.after_seq + 1) {
        return DataLoss(fmt::format("journal: event {} is missing, the next one is {}",
                                    query.after_seq + 1, row.seq));
      }
      FW_TRY(visit({.seq = row.seq, .campaign = row.campaign, .event = row.Decode()}));
      query.after_seq = row.seq;
    }
    if (rows.size() < static_cast<size_t>(kReplayPage)) return OkStatus();
  }
}

Result<std::vector<Event>> SqliteJournal::Read(const EventQuery& query) {
  std::vector<Event> events;
  EventQuery rest = query;
  while (rest.limit > 0) {
    FW_ASSIGN(const std::vector<Row> rows, ReadRows(rest));
    for (const Row& row : rows) {
      Result<Event> event = row.Decode();
      if (event.ok()) events.push_back(*std::move(event));
      rest.after_seq = row.seq;
    }
    if (rows.size() < static_cast<size_t>(rest.limit)) break;
    // Events that cannot be read left room for others.
    rest.limit = query.limit - static_cast<int32_t>(events.size());
  }
  return events;
}

Result<SavedState> SqliteJournal::LoadState() {
  SavedState saved;
  const Result<std::vector<SavedRow>> rows = store_->thread.Run([&] {
    const SavedHead& head = store_->states->head();
    saved.seq = head.seq;
    saved.last_time_ms = head.time_ms;
    saved.last_campaign = head.last_campaign;
    saved.last_fencing_token = head.last_fencing_token;
    return store_->states->Load();
  });
  if (!rows.ok()) return rows.status().WithContext("journal");
  for (const SavedRow& row : *rows) {
    v1::CampaignSnapshot message;
    if (!message.ParseFromString(row.bytes) || message.id() != row.campaign) {
      saved.campaigns.emplace_back(
          row.campaign, DataLoss(fmt::format("{} bytes that are no snapshot", row.bytes.size())));
    } else {
      saved.campaigns.emplace_back(row.campaign, FromSnapshot(message));
    }
  }
  return saved;
}

Status SqliteJournal::Commit(const std::function<Status()>& write) {
  return store_->thread.Run([&] { return store_->Commit(write); });
}

// Campaigns that changed, in commits that others do not have to wait for long.
Status SqliteJournal::SaveCampaigns(const LoopState& state) {
  FW_TRY(Commit([&] { return store_->states->CleanUp(); }));
  Result<std::map<int64_t, int64_t>> known =
      store_->thread.Run([&] { return store_->states->LastSeqs(); });
  if (!known.ok()) return known.status();
  std::vector<SavedRow> rows;
  size_t bytes = 0;
  const auto write = [&] {
    for (const SavedRow& row : rows) FW_TRY(store_->states->Write(row));
    return OkStatus();
  };
  for (const auto& [id, campaign] : state.campaigns) {
    const auto before = known->extract(id);
    if (!before.empty() && before.mapped() == campaign->last_seq) continue;
    FW_ASSIGN(const v1::CampaignSnapshot message, ToSnapshot(*campaign));
    rows.push_back({id, campaign->last_seq, message.SerializeAsString()});
    bytes += rows.back().bytes.size();
    if (bytes < kSavedBytesACommit) continue;
    FW_TRY(Commit(write));
    rows.clear();
    bytes = 0;
  }
  for (const auto& [id, last_seq] : *known) rows.push_back({id, state.last_seq, ""});
  return rows.empty() ? OkStatus() : Commit(write);
}

Result<std::vector<SqliteJournal::History>> SqliteJournal::OldHistories(const LoopState& state,
                                                                        TimeMs ended_before) {
  FW_ASSIGN(const std::vector<SavedStates::History> all,
            store_->thread.Run([&] { return store_->states->Histories(); }));
  std::vector<History> old;
  for (const SavedStates::History& history : all) {
    const CampaignState* campaign = state.Find(history.campaign);
    const bool over = campaign == nullptr || IsFinal(campaign->phase);
    const TimeMs end = campaign == nullptr ? history.last_time_ms : campaign->end_ms;
    if (!over || history.last_seq > state.last_seq || end >= ended_before) continue;
    old.push_back({history.campaign, history.last_seq});
  }
  return old;
}

Status SqliteJournal::DropHistories(const LoopState& state, const std::vector<History>& histories) {
  SavedHead next{.generation = 0,
                 .seq = state.last_seq,
                 .time_ms = state.last_time_ms,
                 .last_campaign = state.last_campaign,
                 .last_fencing_token = state.last_fencing_token,
                 .compacted_seq = compacted_seq_};
  for (const History& history : histories) {
    next.compacted_seq = std::max(next.compacted_seq, history.last_seq);
  }
  FW_TRY(Commit([&] {
    next.generation = store_->states->head().generation + 1;
    return store_->states->WriteHead(next);
  }));
  compacted_seq_ = next.compacted_seq;
  store_->thread.Run([&] { store_->states->Committed(next); });
  FW_TRY(Commit([&] { return store_->states->CleanUp(); }));
  for (const History& history : histories) {
    int64_t dropped = kDroppedEventsACommit;
    while (dropped == kDroppedEventsACommit) {
      FW_TRY(Commit([&]() -> Status {
        FW_ASSIGN(dropped, store_->states->DropEvents(history.campaign, history.last_seq,
                                                      kDroppedEventsACommit));
        return OkStatus();
      }));
    }
  }
  return OkStatus();
}

Status SqliteJournal::Compact(const LoopState& state, TimeMs ended_before) {
  const auto histories = OldHistories(state, ended_before);
  if (!histories.ok()) return histories.status().WithContext("journal: compacting");
  const int64_t saved = store_->thread.Run([&] { return store_->states->head().seq; });
  if (saved == state.last_seq && histories->empty()) return OkStatus();  // nothing is new
  FW_TRY(SaveCampaigns(state).WithContext("journal: saving the state"));
  return DropHistories(state, *histories).WithContext("journal: compacting");
}

}  // namespace flywheel
