#include "orchestrator/store/sqlite_journal.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>

#include "flywheel/v1/event.pb.h"
#include "orchestrator/store/sqlite.h"
#include "orchestrator/store/store_thread.h"
#include "orchestrator/wire/event_codec.h"

namespace flywheel {
namespace {

// "flyw": tells this file from any other SQLite database.
constexpr int64_t kApplicationId = 0x666c7977;
constexpr int32_t kReplayPage = 1000;

constexpr char kCreateTables[] = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event BLOB NOT NULL
  );
  CREATE INDEX events_by_campaign ON events (campaign, seq);
  PRAGMA application_id = 0x666c7977;
  PRAGMA user_version = 1;
  COMMIT;)";

Result<int64_t> QueryNumber(SqliteConnection& connection, std::string_view sql) {
  FW_ASSIGN(SqliteStatement statement, connection.Prepare(sql));
  FW_ASSIGN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

// Whose file this is, before anything in it is changed. True: it is new and empty.
Result<bool> CheckOwnership(SqliteConnection& connection, const std::string& path) {
  FW_ASSIGN(const int64_t application, QueryNumber(connection, "PRAGMA application_id"));
  FW_ASSIGN(const int64_t version, QueryNumber(connection, "PRAGMA user_version"));
  FW_ASSIGN(const int64_t tables, QueryNumber(connection, "SELECT count(*) FROM sqlite_master"));
  if (application == 0 && version == 0 && tables == 0) return true;
  if (application != kApplicationId) {
    return DataLoss(fmt::format("{}: a database of another program, expected a journal", path));
  }
  if (version > kJournalSchemaVersion) {
    return FailedPrecondition(
        fmt::format("{}: written by a newer version of flywheeld (schema {}, this one knows up to "
                    "{}); use that version",
                    path, version, kJournalSchemaVersion));
  }
  return false;
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

// What only the store thread touches. The thread is the last member: it ends before the connection.
struct SqliteJournal::Store {
  MayWrite may_write;
  std::optional<SqliteConnection> connection;
  std::optional<SqliteStatement> insert;
  std::optional<SqliteStatement> select_all;
  std::optional<SqliteStatement> select_campaign;
  StoreThread thread;

  Result<int64_t> Open(const std::string& path) {
    FW_ASSIGN(connection, SqliteConnection::Open(path));
    FW_ASSIGN(const bool fresh, CheckOwnership(*connection, path));
    FW_TRY(Configure(*connection));
    if (fresh) FW_TRY(connection->Execute(kCreateTables));
    FW_TRY(CheckIntegrity(*connection, path));
    FW_ASSIGN(insert, connection->Prepare("INSERT INTO events (seq, campaign, time_ms, event) "
                                          "VALUES (?1, ?2, ?3, ?4)"));
    FW_ASSIGN(select_all, connection->Prepare("SELECT seq, campaign, event FROM events "
                                              "WHERE seq > ?1 ORDER BY seq LIMIT ?2"));
    FW_ASSIGN(select_campaign,
              connection->Prepare("SELECT seq, campaign, event FROM events "
                                  "WHERE campaign = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2"));
    return QueryNumber(*connection, "SELECT max(seq) FROM events");
  }

  Status Insert(const Event& event, const std::string& bytes) {
    insert->BindInt(1, event.seq);
    insert->BindInt(2, event.campaign);
    insert->BindInt(3, event.time_ms);
    insert->BindBlob(4, bytes);
    return insert->Run();
  }

  Status Append(std::span<const Event> events, const std::vector<std::string>& bytes) {
    if (may_write) FW_TRY(may_write());
    FW_TRY(connection->Execute("BEGIN IMMEDIATE"));
    Status status;
    for (size_t i = 0; i < events.size() && status.ok(); ++i) status = Insert(events[i], bytes[i]);
    if (status.ok()) status = connection->Execute("COMMIT");
    // SQLite rolls back by itself after some errors; a second rollback fails and does no harm.
    if (!status.ok()) (void)connection->Execute("ROLLBACK");
    return status;
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
  return journal;
}

Status SqliteJournal::Append(std::span<const Event> events) {
  std::vector<std::string> bytes;
  int64_t seq = last_seq_;
  for (const Event& event : events) {
    if (event.seq != ++seq) {
      return Internal(fmt::format("journal: append of event {}: expected seq {}", event.seq, seq));
    }
    FW_ASSIGN(const v1::Event message, ToProto(event));
    bytes.push_back(message.SerializeAsString());
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
  EventQuery query{.after_seq = 0, .campaign = 0, .limit = kReplayPage};
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

}  // namespace flywheel
