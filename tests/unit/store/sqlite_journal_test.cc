#include "orchestrator/store/sqlite_journal.h"

#include <sqlite3.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "base/io/files.h"
#include "orchestrator/core/apply.h"
#include "tests/support/compaction_conformance.h"
#include "tests/support/journal_conformance.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

class SqliteStore : public JournalStore {
 public:
  std::unique_ptr<Journal> Open() override {
    auto journal = SqliteJournal::Open(path());
    INFO(journal.status().ToString());
    REQUIRE(journal.ok());
    return *std::move(journal);
  }
  std::string path() const { return folder_ / "journal.db"; }

 private:
  TempDir folder_;
};

// Runs a statement on the file with a connection of its own.
void Execute(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  char* error = nullptr;
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &error);
  INFO((error == nullptr ? "" : error));
  CHECK(code == SQLITE_OK);
  sqlite3_free(error);
  sqlite3_close(connection);
}

std::vector<Event> SomeEvents(int64_t first, int64_t count) {
  std::vector<Event> events;
  for (int64_t seq = first; seq < first + count; ++seq) {
    events.push_back(EventOf(seq, 1, CampaignPaused{}));
  }
  return events;
}

// Both created, the second one with an attempt that failed.
std::vector<Event> TwoCampaigns() {
  TaskSpec task;
  task.kind = "prepare";
  task.parameters = {{"deep", {{"x", {1.5, true, nullptr}}}}};
  const AttemptId attempt{{2, 0, Stage::kPrepare, 0}, 1};
  return {EventOf(1, 1, CampaignCreated{CompleteSpec(), "request-1", "digest-1"}),
          EventOf(2, 2, CampaignCreated{CompleteSpec(), "", ""}),
          EventOf(3, 2, StageStarted{0, Stage::kPrepare, {task, task}}),
          EventOf(4, 2, AttemptStarted{attempt, "w1", 41}),
          EventOf(5, 2,
                  AttemptFailed{attempt, FailureKind::kTask, "boom", -9, 1'767'225'699'999, 1.25})};
}

}  // namespace

TEST_CASE("the SQLite journal does what every journal must") {
  SqliteStore store;
  CheckJournal(store);
}

TEST_CASE("the SQLite journal saves the state and drops old histories") {
  SqliteStore store;
  CheckCompaction(store);
}

TEST_CASE("reliability 19: a journal of an older schema is opened and goes on") {
  SqliteStore store;
  REQUIRE(store.Open()->Append(SomeEvents(1, 3)).ok());
  Execute(store.path(), "DROP TABLE states; DROP TABLE saved; PRAGMA user_version = 1");
  const auto journal = store.Open();
  CHECK(ReplayAll(*journal) == SomeEvents(1, 3));
  CHECK(journal->LoadState()->seq == 0);
  CHECK(journal->Append(SomeEvents(4, 1)).ok());
}

TEST_CASE("a compaction that was cut off leaves the state that was saved before") {
  SqliteStore store;
  LoopState state;
  {
    const auto journal = store.Open();
    for (const Event& event : TwoCampaigns()) {
      REQUIRE(journal->Append({&event, 1}).ok());
      Apply(state, event);
    }
    REQUIRE(journal->Compact(state, 0).ok());
  }
  // Rows of a generation that never came to count, as a crash before the last commit leaves them.
  Execute(store.path(),
          "INSERT INTO states SELECT campaign, generation + 1, last_seq + 9, x'ff' "
          "FROM states");
  const auto journal = store.Open();
  const auto saved = journal->LoadState();
  REQUIRE(saved.ok());
  CHECK(saved->seq == state.last_seq);
  CHECK(saved->campaigns.size() == state.campaigns.size());
  for (const auto& [id, campaign] : saved->campaigns) {
    REQUIRE(campaign.ok());
    CHECK(*campaign == *state.Find(id));
  }
  CHECK(ReplayAll(*journal).empty());
  CHECK(journal->Compact(state, 0).ok());
  CHECK(journal->LoadState()->campaigns.size() == state.campaigns.size());
}

TEST_CASE("a saved campaign that cannot be read is set aside alone") {
  SqliteStore store;
  LoopState state;
  {
    const auto journal = store.Open();
    for (const Event& event : TwoCampaigns()) {
      REQUIRE(journal->Append({&event, 1}).ok());
      Apply(state, event);
    }
    REQUIRE(state.campaigns.size() == 2);
    REQUIRE(journal->Compact(state, 0).ok());
  }
  Execute(store.path(), "UPDATE states SET state = x'ff00ff' WHERE campaign = 2");
  const auto saved = store.Open()->LoadState();
  REQUIRE(saved.ok());
  REQUIRE(saved->campaigns.size() == 2);
  CHECK(saved->campaigns[0].second.ok());
  CHECK(saved->campaigns[1].first == 2);
  CHECK(saved->campaigns[1].second.status().code() == StatusCode::kDataLoss);
}

TEST_CASE("reliability 19: a journal of a newer schema is refused and not touched") {
  SqliteStore store;
  store.Open();
  Execute(store.path(), "PRAGMA user_version = 3");
  const std::string before = *ReadFile(store.path());
  const auto journal = SqliteJournal::Open(store.path());
  REQUIRE(journal.status().code() == StatusCode::kFailedPrecondition);
  CHECK(journal.status().message().find("schema 3, this one knows up to 2") != std::string::npos);
  CHECK(*ReadFile(store.path()) == before);
}

TEST_CASE("a file that is no journal is refused and not touched") {
  TempDir folder;
  const std::string path = folder / "journal.db";
  SECTION("not even a database") { REQUIRE(WriteFile(path, std::string(8192, 'x')).ok()); }
  SECTION("another program's database") { Execute(path, "CREATE TABLE other (a)"); }
  const std::string before = *ReadFile(path);
  CHECK(SqliteJournal::Open(path).status().code() == StatusCode::kDataLoss);
  CHECK(*ReadFile(path) == before);
}

TEST_CASE("a damaged journal is found at open") {
  SqliteStore store;
  REQUIRE(store.Open()->Append(SomeEvents(1, 2000)).ok());
  std::string bytes = *ReadFile(store.path());
  REQUIRE(bytes.size() > 40960);
  for (size_t i = 8192; i < 40960; ++i) bytes[i] = static_cast<char>(0x5a);
  REQUIRE(WriteFile(store.path(), bytes).ok());
  CHECK(SqliteJournal::Open(store.path()).status().code() == StatusCode::kDataLoss);
}

TEST_CASE(
    "reliability 10: an event whose bytes cannot be read has its place and campaign at replay") {
  SqliteStore store;
  REQUIRE(store.Open()->Append(SomeEvents(1, 3)).ok());
  Execute(store.path(), "UPDATE events SET event = x'ff00ff', campaign = 7 WHERE seq = 2");
  const auto journal = store.Open();
  std::vector<int64_t> unreadable;
  REQUIRE(journal
              ->Replay([&](const JournalEntry& entry) {
                if (!entry.event.ok()) {
                  CHECK(entry.event.status().code() == StatusCode::kDataLoss);
                  CHECK(entry.campaign == 7);
                  unreadable.push_back(entry.seq);
                }
                return OkStatus();
              })
              .ok());
  CHECK(unreadable == std::vector<int64_t>{2});
  // A page is filled up with the events that can be read.
  const auto page = journal->Read({.after_seq = 0, .campaign = 0, .limit = 2});
  REQUIRE(page.ok());
  REQUIRE(page->size() == 2);
  CHECK((*page)[1].seq == 3);
}

TEST_CASE("a gap in the journal ends the replay with the missing seq") {
  SqliteStore store;
  REQUIRE(store.Open()->Append(SomeEvents(1, 5)).ok());
  Execute(store.path(), "DELETE FROM events WHERE seq = 3");
  const Status status = store.Open()->Replay([](const JournalEntry&) { return OkStatus(); });
  CHECK(status.code() == StatusCode::kDataLoss);
  CHECK(status.message().find("event 3 is missing") != std::string::npos);
}

TEST_CASE("a replay of more events than a page reads all of them in order") {
  SqliteStore store;
  REQUIRE(store.Open()->Append(SomeEvents(1, 2500)).ok());
  int64_t last = 0;
  REQUIRE(store.Open()
              ->Replay([&](const JournalEntry& entry) {
                CHECK(entry.seq == last + 1);
                last = entry.seq;
                return OkStatus();
              })
              .ok());
  CHECK(last == 2500);
}

TEST_CASE("many threads read while one appends, and see whole prefixes") {
  SqliteStore store;
  const auto journal = store.Open();
  constexpr int64_t kBatches = 50;
  constexpr int64_t kBatch = 4;
  std::atomic<bool> wrong = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      size_t seen = 0;
      while (seen < kBatches * kBatch) {
        const auto page = journal->Read({.after_seq = 0, .campaign = 0, .limit = 1000});
        if (!page.ok() || page->size() < seen || page->size() % kBatch != 0) {
          wrong = true;
          return;
        }
        seen = page->size();
      }
    });
  }
  for (int64_t batch = 0; batch < kBatches; ++batch) {
    REQUIRE(journal->Append(SomeEvents(1 + batch * kBatch, kBatch)).ok());
  }
  for (std::thread& reader : readers) reader.join();
  CHECK_FALSE(wrong);
}

TEST_CASE(
    "reliability 15 and 16: a second journal on the same file is refused, and one in a folder that "
    "is not there") {
  SqliteStore store;
  CHECK_FALSE(SqliteJournal::Open(store.path() + "/no/journal.db").ok());
  const auto journal = store.Open();
  REQUIRE(journal->Append(SomeEvents(1, 1)).ok());
  CHECK(SqliteJournal::Open(store.path()).status().code() == StatusCode::kUnavailable);
}

}  // namespace flywheel
