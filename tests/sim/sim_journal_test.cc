#include "tests/sim/sim_journal.h"

#include <catch2/catch.hpp>

#include "tests/support/journal_conformance.h"

namespace flywheel {
namespace {

// The same journal, its owner gone and back each time.
class SimStore : public JournalStore {
 public:
  explicit SimStore(Storage storage) : journal_(storage, 1) {}

  std::unique_ptr<Journal> Open() override {
    if (opened_) journal_.Crash();
    opened_ = true;
    REQUIRE(journal_.Open().ok());
    return std::make_unique<Borrowed>(journal_);
  }

 private:
  struct Borrowed : Journal {
    explicit Borrowed(SimJournal& of) : journal(of) {}
    Status Append(std::span<const Event> events) override { return journal.Append(events); }
    Result<SavedState> LoadState() override { return journal.LoadState(); }
    Status Compact(const LoopState& state, TimeMs ended_before) override {
      return journal.Compact(state, ended_before);
    }
    int64_t compacted_seq() const override { return journal.compacted_seq(); }
    Status Replay(const std::function<Status(const JournalEntry&)>& visit) override {
      return journal.Replay(visit);
    }
    Result<std::vector<Event>> Read(const EventQuery& query) override {
      return journal.Read(query);
    }
    int64_t last_seq() const override { return journal.last_seq(); }
    SimJournal& journal;
  };
  SimJournal journal_;
  bool opened_ = false;
};

std::vector<Event> Some(int64_t first, int64_t count) {
  std::vector<Event> events;
  for (int64_t seq = first; seq < first + count; ++seq) {
    events.push_back(EventOf(seq, 1, CampaignPaused{}));
  }
  return events;
}

}  // namespace

TEST_CASE("the fake world's journal does what every journal must, in memory and after power cuts") {
  SimStore in_memory(Storage::kMemory);
  CheckJournal(in_memory);
  SimStore on_sqlite(Storage::kSqlite);
  CheckJournal(on_sqlite);
}

TEST_CASE("an append that dies leaves all of its batch or nothing, and is not acknowledged") {
  for (const Storage storage : {Storage::kMemory, Storage::kSqlite}) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      INFO("seed " << seed);
      SimJournal journal(storage, seed);
      REQUIRE(journal.Open().ok());
      REQUIRE(journal.Append(Some(1, 2)).ok());
      const Death death = seed % 2 == 0 ? Death::kTorn : Death::kAnswerLost;
      journal.Arm(death);
      const Status appended = journal.Append(Some(3, 3));
      if (death == Death::kAnswerLost) CHECK_FALSE(appended.ok());
      const size_t acknowledged = journal.acknowledged().size();
      CHECK(acknowledged == (appended.ok() ? 5U : 2U));
      journal.Crash();
      REQUIRE(journal.Open().ok());
      CHECK(journal.acknowledged().size() >= acknowledged);
    }
  }
}

TEST_CASE("a full disk refuses an append and takes it when there is room") {
  for (const Storage storage : {Storage::kMemory, Storage::kSqlite}) {
    SimJournal journal(storage, 1);
    REQUIRE(journal.Open().ok());
    journal.SetFull(true);
    CHECK(journal.Append(Some(1, 40)).code() == StatusCode::kResourceExhausted);
    journal.SetFull(false);
    CHECK(journal.Append(Some(1, 40)).ok());
  }
}

}  // namespace flywheel
