// What a daemon finds when it starts, by the numbers of docs/reliability.md: a long journal, a
// damaged event, a newer version's file, somebody else's hands on it.
#include <fmt/format.h>
#include <poll.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "base/io/files.h"
#include "orchestrator/store/sqlite_journal.h"
#include "tests/integration/campaign_calls.h"
#include "tests/integration/fake_worker.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

constexpr int64_t kLongJournal = 20'000;
constexpr int kKillsInReplay = 10;

std::string JournalOf(const DaemonProcess& daemon) { return daemon.state_dir() + "/journal.db"; }

// The event again, as one of another campaign.
Event OfCampaign(Event event, int64_t campaign, int64_t seq, int64_t more_tokens) {
  event.seq = seq;
  event.campaign = campaign;
  std::visit(
      [&](auto& kind) {
        if constexpr (requires { kind.attempt.task; }) kind.attempt.task.campaign = campaign;
        if constexpr (requires { kind.fencing_token; }) kind.fencing_token += more_tokens;
        if constexpr (requires { kind.request_id; }) {
          kind.request_id.clear();
          kind.spec.display_name += fmt::format("-{}", campaign);
        }
      },
      event.kind);
  return event;
}

// Appends the one campaign of a journal again and again, under other names, up to `events` events.
void GrowJournal(const std::string& path, int64_t events) {
  auto journal = SqliteJournal::Open(path);
  INFO(journal.status().ToString());
  REQUIRE(journal.ok());
  const auto campaign = (*journal)->Read({});
  REQUIRE(campaign.ok());
  const auto tokens = static_cast<int64_t>(campaign->size());
  int64_t seq = (*journal)->last_seq();
  for (int64_t copy = 2; seq < events; ++copy) {
    std::vector<Event> batch;
    for (const Event& event : *campaign) {
      batch.push_back(OfCampaign(event, copy, ++seq, tokens * copy));
    }
    REQUIRE((*journal)->Append(batch).ok());
  }
}

// What a campaign's events say, without when and where in the journal they came.
std::vector<std::string> Story(const std::vector<v1::Event>& events) {
  std::vector<std::string> story;
  for (v1::Event event : events) {
    event.clear_seq();
    event.clear_time();
    story.push_back(event.DebugString());
  }
  return story;
}

v1::Hello Holding(const v1::Assign& assign) {
  v1::Hello hello = FakeWorker::MakeHello("w1");
  v1::HeldAttempt& held = *hello.add_running();
  held.set_attempt(assign.task().attempt());
  held.set_fencing_token(assign.fencing_token());
  return hello;
}

// The worker comes back with what it held and does all the rest.
std::vector<v1::Event> FinishWith(const DaemonProcess& daemon, const v1::Assign& held,
                                  const std::string& name) {
  FakeWorker worker(daemon.Channel(), Holding(held), FakeWorker::Mode::kAnswersAll);
  worker.SendFinished(held);
  return WatchToEnd(daemon, name);
}

// Runs a statement with a connection of its own; SQLite's result code.
int Execute(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(connection);
  return code;
}

}  // namespace

TEST_CASE(
    "reliability 2: kills while a journal of 20,000 events is replayed change nothing about "
    "what comes of it") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  {
    FakeWorker worker(daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kAnswersAll);
    WatchToEnd(daemon, Create(daemon, SmallCampaign("first")));
  }
  daemon.Kill();
  GrowJournal(JournalOf(daemon), kLongJournal);
  const auto begin = std::chrono::steady_clock::now();
  daemon.Restart();
  const double start_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  const std::string name = Create(daemon, SmallCampaign("live"));
  v1::Assign held;
  {
    FakeWorker worker(daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kByHand);
    held = worker.WaitForAssign();
    daemon.Kill();
  }
  std::filesystem::create_directories(folder / "undisturbed");
  for (const char* file : {"journal.db", "journal.db-wal", "installation_id"}) {
    std::filesystem::copy(folder / "state/" + file, folder / "undisturbed/" + file);
  }

  int before_it_served = 0;
  for (int kill = 1; kill <= kKillsInReplay; ++kill) {
    daemon.Launch();
    ::poll(nullptr, 0, static_cast<int>(start_ms * kill / (kKillsInReplay + 1)));
    before_it_served += daemon.HasAddress() ? 0 : 1;
    daemon.Kill();
  }
  INFO("a start takes " << start_ms << " ms");
  CHECK(before_it_served >= kKillsInReplay / 2);
  daemon.Restart();
  const auto events = FinishWith(daemon, held, name);
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  CHECK(Failures(events).empty());
  for (const v1::Event& event : events) {
    if (event.has_attempt_started()) CHECK(event.attempt_started().attempt().ends_with("/a1"));
  }

  DaemonProcess undisturbed({.state_dir = folder / "undisturbed"});
  const auto expected = FinishWith(undisturbed, held, name);
  CHECK(Story(events) == Story(expected));
  CHECK(events.front().seq() > kLongJournal);
  CHECK(events.back().seq() == expected.back().seq());
}

TEST_CASE(
    "reliability 10: an event that cannot be read sets its campaign aside, and the others run") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  const std::string poisoned = Create(daemon, SmallCampaign("poisoned"));
  const std::string healthy = Create(daemon, SmallCampaign("healthy"));
  daemon.Kill();
  std::string bytes = "ff00ff";
  SECTION("bytes that are no event") {}
  SECTION("an event of a kind that this version does not know") {
    // {seq: 1, campaign: "campaigns/c1", field 99: {}}
    bytes = "08011a0c63616d706169676e732f63319a0600";
  }
  REQUIRE(Execute(JournalOf(daemon), fmt::format("UPDATE events SET event = x'{}' WHERE seq = 1",
                                                 bytes)) == SQLITE_OK);
  // A poison that ended the daemon would do so at every start.
  for (int start = 0; start < 2; ++start) {
    daemon.Restart();
    const v1::Campaign aside = Get(daemon, poisoned);
    CHECK(aside.state() == v1::Campaign::FAILED);
    CHECK_THAT(aside.state_reason(),
               Catch::Contains("FAILED_INTERNAL") && Catch::Contains("event 1 cannot be read"));
    CHECK(Get(daemon, healthy).state() == v1::Campaign::RUNNING);
    daemon.Kill();
  }
  daemon.Restart();
  FakeWorker worker(daemon.Channel(), FakeWorker::MakeHello("w1"), FakeWorker::Mode::kAnswersAll);
  CHECK(EndState(WatchToEnd(daemon, healthy)) == v1::Campaign::SUCCEEDED);
}

TEST_CASE("reliability 15 and 16: nobody else can read or write the journal of a running daemon") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  Create(daemon, SmallCampaign("mine"));
  // A reader that stayed would keep the log from being cut short, a second writer could damage it.
  CHECK(Execute(JournalOf(daemon), "SELECT count(*) FROM events") == SQLITE_BUSY);
  CHECK(Execute(JournalOf(daemon), "DELETE FROM events") == SQLITE_BUSY);
  CHECK(Execute(JournalOf(daemon), "PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_BUSY);
  CHECK_FALSE(SqliteJournal::Open(JournalOf(daemon)).ok());
  Create(daemon, SmallCampaign("mine-too"));
  CHECK(Events(daemon, "").size() >= 2);
}

TEST_CASE("reliability 19: an older daemon leaves the journal of a newer one alone") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  Create(daemon, SmallCampaign("kept"));
  CHECK(daemon.Terminate() == ExitStatus{});
  const int newer = kJournalSchemaVersion + 1;
  REQUIRE(Execute(JournalOf(daemon), fmt::format("PRAGMA user_version = {}", newer)) == SQLITE_OK);
  const std::string before = *ReadFile(JournalOf(daemon));
  const Refusal refusal = DaemonProcess::StartRefused({.state_dir = folder / "state"});
  INFO(refusal.words);
  CHECK(refusal.exit == ExitStatus{.exit_code = 1, .signal = 0});
  CHECK_THAT(refusal.words,
             Catch::Contains("newer version") && Catch::Contains(fmt::format("schema {}", newer)));
  CHECK(*ReadFile(JournalOf(daemon)) == before);
  CHECK_FALSE(std::filesystem::exists(JournalOf(daemon) + "-wal"));
}

}  // namespace flywheel::testing
