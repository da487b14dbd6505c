#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "orchestrator/store/sqlite_journal.h"
#include "tests/support/journal_conformance.h"
#include "tests/support/power_cut_vfs.h"

namespace flywheel {
namespace {

constexpr char kPath[] = "journal.db";
constexpr int64_t kNoCut = 1'000'000;
// Between them the journal is closed, which moves everything into the database.
constexpr int kLives = 3;
constexpr int kAppendsALife = 8;
constexpr int kDrawsACut = 3;

// What a daemon that appended until its machine lost power has left.
struct Wreck {
  DiskImage image;
  int64_t operations = 0;
  int64_t acknowledged = 0;
  int64_t attempted = 0;
  bool cut = false;
};

std::vector<Event> Batch(int64_t first, int64_t count) {
  std::vector<Event> events;
  for (int64_t seq = first; seq < first + count; ++seq) {
    events.push_back(EventOf(seq, 1 + seq % 3, CampaignPaused{}));
    events.back().why += std::string(static_cast<size_t>(seq * 37 % 300), 'x');
  }
  return events;
}

void Append(Journal& journal, int64_t count, Wreck& wreck) {
  wreck.attempted = wreck.acknowledged + count;
  if (journal.Append(Batch(wreck.acknowledged + 1, count)).ok()) {
    wreck.acknowledged = wreck.attempted;
  }
}

// A run of appends with the power cut after so many operations of the disk.
Wreck RunUntil(int64_t operations) {
  PowerCutDisk disk;
  disk.CutAfter(operations);
  Wreck wreck;
  for (int life = 0; life < kLives && !disk.cut(); ++life) {
    auto journal = SqliteJournal::Open(kPath);
    if (!journal.ok()) break;
    for (int i = 0; i < kAppendsALife && !disk.cut(); ++i) {
      Append(**journal, i == 5 ? 40 : 1 + i % 3, wreck);
    }
  }
  wreck.cut = disk.cut();
  wreck.operations = disk.operations();
  wreck.image = disk.image();
  return wreck;
}

// How many events are there after the power came back; fails where one is missing or wrong.
int64_t Survivors(const DiskImage& image, const Wreck& wreck) {
  PowerCutDisk disk;
  disk.Load(image);
  auto journal = SqliteJournal::Open(kPath);  // checks the integrity
  INFO(journal.status().ToString());
  REQUIRE(journal.ok());
  int64_t seq = 0;
  const Status replayed = (*journal)->Replay([&](const JournalEntry& entry) {
    if (!entry.event.ok()) return entry.event.status();
    return *entry.event == Batch(++seq, 1).front() ? OkStatus() : DataLoss("another event");
  });
  INFO(replayed.ToString());
  REQUIRE(replayed.ok());
  REQUIRE(seq >= wreck.acknowledged);
  // A batch is there whole or not at all.
  REQUIRE((seq == wreck.acknowledged || seq == wreck.attempted));
  // And it goes on.
  REQUIRE((*journal)->Append(Batch(seq + 1, 2)).ok());
  return seq;
}

}  // namespace

TEST_CASE("reliability 14: after a power cut at any write every acknowledged event is there") {
  const Wreck whole = RunUntil(kNoCut);
  REQUIRE_FALSE(whole.cut);
  const std::vector<DiskImage::Keeps> ways = {DiskImage::Keeps::kEverything,
                                              DiskImage::Keeps::kSynced, DiskImage::Keeps::kPrefix,
                                              DiskImage::Keeps::kAny};
  int64_t cuts = 0;
  int64_t lost = 0;  // what was not acknowledged may be lost, and may be there
  int64_t kept = 0;
  for (int64_t at = 0; at < whole.operations; ++at) {
    const Wreck wreck = RunUntil(at);
    REQUIRE(wreck.cut);
    for (const DiskImage::Keeps way : ways) {
      for (uint64_t draw = 0; draw < kDrawsACut; ++draw) {
        INFO("cut after operation " << at << ", keeps " << static_cast<int>(way) << ", draw "
                                    << draw);
        Rng rng(DeriveSeed(static_cast<uint64_t>(at), draw));
        const int64_t there = Survivors(wreck.image.After(way, rng), wreck);
        ++cuts;
        if (wreck.attempted == wreck.acknowledged) continue;
        ++(there == wreck.attempted ? kept : lost);
      }
    }
  }
  CHECK(cuts >= 2000);
  CHECK(lost > 0);
  CHECK(kept > 0);
}

TEST_CASE("a journal on a full disk says so, keeps what it has and goes on when there is room") {
  PowerCutDisk disk;
  auto journal = SqliteJournal::Open(kPath);
  REQUIRE(journal.ok());
  REQUIRE((*journal)->Append(Batch(1, 3)).ok());
  disk.SetFull(true);
  CHECK((*journal)->Append(Batch(4, 50)).code() == StatusCode::kResourceExhausted);
  CHECK((*journal)->last_seq() == 3);
  disk.SetFull(false);
  CHECK((*journal)->Append(Batch(4, 50)).ok());
  CHECK(ReplayAll(**journal).size() == 53);
}

TEST_CASE("what a disk keeps without a sync is anything between nothing and all of it") {
  DiskImage image;
  DiskImage::File& file = image.files["a"];
  file.Make({.number = 1, .offset = 0, .bytes = std::string(1024, 'a')});
  file.Sync();
  file.Make({.number = 2, .offset = 512, .bytes = std::string(1024, 'b')});
  Rng rng(1);
  const auto left = [&](DiskImage::Keeps keeps) { return image.After(keeps, rng).files["a"].now; };
  CHECK(left(DiskImage::Keeps::kEverything) == std::string(512, 'a') + std::string(1024, 'b'));
  CHECK(left(DiskImage::Keeps::kSynced) == std::string(1024, 'a'));
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(left(DiskImage::Keeps::kAny));
  CHECK(seen.contains(std::string(1024, 'a')));
  CHECK(seen.contains(std::string(512, 'a') + std::string(1024, 'b')));
  CHECK(seen.contains(std::string(512, 'a') + std::string(512, 'b')));  // torn
  CHECK(seen.size() == 4);
}

}  // namespace flywheel
