#include "orchestrator/store/ownership.h"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>
#include <optional>

#include "base/io/files.h"
#include "orchestrator/store/sqlite_journal.h"
#include "tests/support/journal_conformance.h"
#include "tests/support/temp_dir.h"

namespace flywheel {

using testing::TempDir;

namespace {

void MakeStale(const std::string& folder) { REQUIRE(WriteFile(folder + "/lease", "0\n").ok()); }

Status LetLive(const ProcessIdentity&) { return OkStatus(); }

bool Holds(const Status& status, const std::string& words) {
  return status.message().find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("every owner has a generation of its own") {
  TempDir folder;
  for (int64_t generation = 1; generation <= 3; ++generation) {
    const auto owner = Ownership::Take(folder.path());
    REQUIRE(owner.ok());
    CHECK(owner->generation() == generation);
    CHECK(owner->Check().ok());
    CHECK(owner->RenewLease().ok());
  }
}

TEST_CASE("a folder without an owner is taken over like any other") {
  TempDir folder;
  const auto owner = Ownership::TakeOver(folder.path());
  REQUIRE(owner.ok());
  CHECK(owner->generation() == 1);
  CHECK(Ownership::Take(folder.path()).status().code() == StatusCode::kFailedPrecondition);
}

TEST_CASE("an owner that renews its lease is not replaced") {
  TempDir folder;
  const auto owner = *Ownership::Take(folder.path());
  bool killed = false;
  const auto refused = Ownership::TakeOver(folder.path(), [&](const ProcessIdentity&) {
    killed = true;
    return OkStatus();
  });
  REQUIRE(refused.status().code() == StatusCode::kFailedPrecondition);
  CHECK(Holds(refused.status(), fmt::format("pid {} renewed its lease", ::getpid())));
  CHECK_FALSE(killed);
  CHECK(owner.Check().ok());
}

TEST_CASE("reliability 9: an old owner whose kill was suppressed refuses to write once it wakes") {
  TempDir folder;
  std::optional<Ownership> old = *Ownership::Take(folder.path());
  const auto journal = *SqliteJournal::Open(folder / "journal.db", [&old] { return old->Check(); });
  REQUIRE(journal->Append(std::vector{EventOf(1, 1, CampaignPaused{})}).ok());
  MakeStale(folder.path());
  std::promise<ProcessIdentity> asked;
  auto successor = std::async(std::launch::async, [&] {
    return Ownership::TakeOver(folder.path(), [&](const ProcessIdentity& process) {
      asked.set_value(process);
      return OkStatus();
    });
  });
  CHECK(asked.get_future().get().pid == ::getpid());
  // It wakes while the successor waits for its end.
  CHECK(old->Check().code() == StatusCode::kFailedPrecondition);
  const Status refused = journal->Append(std::vector{EventOf(2, 1, CampaignResumed{})});
  CHECK(refused.code() == StatusCode::kFailedPrecondition);
  CHECK(Holds(refused, "generation 1 of this state directory has ended"));
  CHECK(journal->last_seq() == 1);
  CHECK(journal->Read({})->size() == 1);
  old.reset();
  const auto owner = successor.get();
  REQUIRE(owner.ok());
  CHECK(owner->Check().ok());
  CHECK(owner->generation() > 1);
}

TEST_CASE("a successor that dies on its way leaves the folder free for the next one") {
  TempDir folder;
  std::optional<Ownership> old = *Ownership::Take(folder.path());
  MakeStale(folder.path());
  const auto dies = Ownership::TakeOver(
      folder.path(), [](const ProcessIdentity&) { return Internal("died here"); });
  CHECK(Holds(dies.status(), "died here"));
  CHECK_FALSE(old->Check().ok());
  old.reset();
  const auto next = Ownership::Take(folder.path());
  REQUIRE(next.ok());
  CHECK(next->generation() == 3);
}

TEST_CASE("a lease that says nothing is stale, and a damaged owner record is an error") {
  TempDir folder;
  std::optional<Ownership> old = *Ownership::Take(folder.path());
  REQUIRE(WriteFile(folder / "owner.json", "{").ok());
  const auto damaged = Ownership::TakeOver(folder.path(), LetLive);
  REQUIRE_FALSE(damaged.ok());
  CHECK(Holds(damaged.status(), "owner.json"));
  old.reset();
  CHECK(Ownership::Take(folder.path()).ok());
}

}  // namespace flywheel
