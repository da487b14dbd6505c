#include <sys/mman.h>

#include <catch2/catch.hpp>

#include "orchestrator/store/sqlite_journal.h"
#include "tests/faults/dying_child.h"
#include "tests/support/journal_conformance.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::ChildEnd;

constexpr int kBatches = 4;
constexpr int kBatch = 3;

std::vector<Event> Batch(int64_t first) {
  std::vector<Event> events;
  for (int64_t seq = first; seq < first + kBatch; ++seq) {
    events.push_back(EventOf(seq, 1, CampaignPaused{}));
  }
  return events;
}

// A number that a killed child has left behind.
class SharedNumber {
 public:
  SharedNumber()
      : value_(static_cast<volatile int64_t*>(::mmap(
            nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    REQUIRE(value_ != MAP_FAILED);
  }
  ~SharedNumber() { ::munmap(const_cast<int64_t*>(value_), sizeof(int64_t)); }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  volatile int64_t& value() { return *value_; }

 private:
  volatile int64_t* value_;
};

int64_t CountEvents(SqliteJournal& journal) {
  int64_t count = 0;
  REQUIRE(journal
              .Replay([&](const JournalEntry& entry) {
                CHECK(entry.event.ok());
                CHECK(entry.seq == ++count);
                return OkStatus();
              })
              .ok());
  return count;
}

}  // namespace

TEST_CASE("reliability 17: a kill around a commit keeps what was acknowledged, and batches whole") {
  const testing::TempDir dir;
  SharedNumber acknowledged;
  int number = 0;
  const int kills = testing::ForEachKill(
      {FaultPoint::kWrite, FaultPoint::kSync, FaultPoint::kCommit}, [&](const FaultRates& rates) {
        const std::string path = dir / ("journal" + std::to_string(++number));
        acknowledged.value() = 0;
        const ChildEnd end = testing::RunInChild(rates, [&] {
          auto journal = SqliteJournal::Open(path);
          if (!journal.ok()) return false;
          for (int i = 0; i < kBatches; ++i) {
            if (!(*journal)->Append(Batch(i * kBatch + 1)).ok()) return false;
            acknowledged.value() = (i + 1) * kBatch;
          }
          return true;
        });
        auto journal = SqliteJournal::Open(path);  // checks integrity
        INFO(journal.status().ToString());
        REQUIRE(journal.ok());
        const int64_t events = CountEvents(**journal);
        CHECK(events >= acknowledged.value());
        CHECK(events <= acknowledged.value() + kBatch);
        CHECK(events % kBatch == 0);
        CHECK((*journal)->Append(Batch(events + 1)).ok());
        return end;
      });
  CHECK(kills > 2 * 3 * kBatches);
}

TEST_CASE("reliability 13: a commit whose write or fsync fails is not acknowledged, and names it") {
  const testing::TempDir dir;
  int number = 0;
  for (const FaultPoint point : {FaultPoint::kWrite, FaultPoint::kSync}) {
    for (const auto member : {&FaultRates::fail_at, &FaultRates::late_at}) {
      const std::string path = dir / ("journal" + std::to_string(++number));
      auto journal = SqliteJournal::Open(path);
      REQUIRE(journal.ok());
      REQUIRE((*journal)->Append(Batch(1)).ok());
      FaultRates rates;
      rates.*member = {.point = point, .number = 1};
      SetFaults(rates);
      const Status failed = (*journal)->Append(Batch(1 + kBatch));
      SetFaults({});
      CHECK(failed.code() == StatusCode::kInternal);
      INFO(failed.message());
      CHECK(failed.message().find(path) != std::string::npos);
      CHECK(failed.message().find(point == FaultPoint::kWrite ? "in a write" : "in an fsync") !=
            std::string::npos);
      CHECK((*journal)->last_seq() == kBatch);
      // Nor is anything afterwards, although the disk works again.
      const Status after = (*journal)->Append(Batch(1 + kBatch));
      CHECK(after.code() == StatusCode::kInternal);
      CHECK(after.message().find("an earlier write failed: ") != std::string::npos);
      journal->reset();
      journal = SqliteJournal::Open(path);
      REQUIRE(journal.ok());
      const int64_t events = CountEvents(**journal);
      CHECK((events == kBatch || events == 2 * kBatch));
    }
  }
}

TEST_CASE("reliability 13: a failed fsync of the database itself ends the journal too") {
  const testing::TempDir dir;
  auto journal = SqliteJournal::Open(dir / "journal.db");
  REQUIRE(journal.ok());
  // Until the WAL is copied into the database. A commit syncs once: a second fsync within an Append
  // is the copy's.
  int64_t seq = 1;
  Status failed;
  for (int batch = 0; batch < 2000 && failed.ok(); ++batch) {
    FaultRates rates;
    rates.fail_at = {.point = FaultPoint::kSync, .number = 2};
    SetFaults(rates);
    failed = (*journal)->Append(Batch(seq));
    SetFaults({});
    if (failed.ok()) seq += kBatch;
  }
  INFO(failed.message());
  CHECK(failed.code() == StatusCode::kInternal);
  CHECK(failed.message().find("in an fsync") != std::string::npos);
  CHECK(seq > 1);
  journal->reset();
  journal = SqliteJournal::Open(dir / "journal.db");
  REQUIRE(journal.ok());
  CHECK(CountEvents(**journal) >= seq - 1);
}

}  // namespace flywheel
