#include "tests/support/fake_journal.h"

#include <catch2/catch.hpp>

#include "tests/support/compaction_conformance.h"
#include "tests/support/journal_conformance.h"

namespace flywheel {
namespace {

// Opens the same memory again and again.
class FakeStore : public JournalStore {
 public:
  std::unique_ptr<Journal> Open() override { return std::make_unique<View>(journal_); }

 private:
  class View : public Journal {
   public:
    explicit View(FakeJournal& journal) : journal_(journal) {}
    Status Append(std::span<const Event> events) override { return journal_.Append(events); }
    Result<SavedState> LoadState() override { return journal_.LoadState(); }
    Status Compact(const LoopState& state, TimeMs ended_before) override {
      return journal_.Compact(state, ended_before);
    }
    int64_t compacted_seq() const override { return journal_.compacted_seq(); }
    Status Replay(const std::function<Status(const JournalEntry&)>& visit) override {
      return journal_.Replay(visit);
    }
    Result<std::vector<Event>> Read(const EventQuery& query) override {
      return journal_.Read(query);
    }
    int64_t last_seq() const override { return journal_.last_seq(); }

   private:
    FakeJournal& journal_;
  };
  FakeJournal journal_;
};

TEST_CASE("the fake journal does what every journal must") {
  FakeStore store;
  CheckJournal(store);
}

TEST_CASE("the fake journal saves the state and drops old histories") {
  FakeStore store;
  CheckCompaction(store);
}

}  // namespace
}  // namespace flywheel
