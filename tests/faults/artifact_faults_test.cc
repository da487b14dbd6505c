#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/digest.h"
#include "base/io/artifact_dir.h"
#include "base/io/files.h"
#include "orchestrator/store/disk_artifact_store.h"
#include "tests/faults/dying_child.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;
using testing::ChildEnd;

void MakeFolder(const std::string& path) {
  REQUIRE(MakeDirectories(path + "/sub").ok());
  REQUIRE(WriteFile(path + "/a.txt", "first").ok());
  REQUIRE(WriteFile(path + "/sub/b.bin", std::string(3 << 20, 'b')).ok());
}

// Every object's bytes have its name's digest; the number of objects.
int CheckObjects(const std::string& root) {
  int objects = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || entry.path().parent_path().filename() == "tmp") continue;
    const std::string digest =
        entry.path().parent_path().filename().string() + entry.path().stem().string();
    INFO(entry.path());
    CHECK(Sha256Hex(*ReadFile(entry.path().string())) == digest);
    ++objects;
  }
  return objects;
}

int64_t Temporaries(const std::string& root) {
  return std::distance(fs::directory_iterator(root + "/tmp"), {});
}

}  // namespace

TEST_CASE(
    "reliability 17: a kill between write, fsync and rename leaves nothing or a whole object") {
  const testing::TempDir dir;
  MakeFolder(dir / "made");
  const std::string expected = ArtifactDir::Open(dir / "whole")->Put(dir / "made")->digest;
  int number = 0;
  int64_t left = 0;
  const int kills = testing::ForEachKill(
      {FaultPoint::kWrite, FaultPoint::kSync, FaultPoint::kRename}, [&](const FaultRates& rates) {
        const std::string root = dir / ("store" + std::to_string(++number));
        const ChildEnd end = testing::RunInChild(rates, [&] {
          const auto artifacts = ArtifactDir::Open(root);
          return artifacts.ok() && artifacts->Put(dir / "made").ok();
        });
        CheckObjects(root);
        left += Temporaries(root);
        // What the daemon does when it starts.
        const auto store = DiskArtifactStore::Open(root);
        REQUIRE(store.ok());
        CHECK(Temporaries(root) == 0);
        // The manifest is there with all of its files or not at all.
        const bool there = store->Contains(expected);
        if (there) CHECK(store->Verify(expected).ok());
        if (end == ChildEnd::kDone) CHECK(there);
        // The next attempt has it whole.
        const auto again = ArtifactDir::Open(root)->Put(dir / "made");
        REQUIRE(again.ok());
        CHECK(again->digest == expected);
        CHECK(store->Verify(expected).ok());
        CHECK(CheckObjects(root) == 3);
        return end;
      });
  // Five writes (one file has three blocks), three renames, and an fsync for each file and folder.
  CHECK(kills >= 2 * (5 + 3 + 7));
  CHECK(left > 0);  // else nothing was collected above
}

TEST_CASE("an artifact that cannot be written is an error and leaves the store whole") {
  const testing::TempDir dir;
  MakeFolder(dir / "made");
  for (const FaultPoint point : {FaultPoint::kWrite, FaultPoint::kSync, FaultPoint::kRename}) {
    for (const auto member : {&FaultRates::fail_at, &FaultRates::late_at}) {
      for (int64_t number = 1; number <= 3; ++number) {
        const testing::TempDir folder;
        const ArtifactDir artifacts = *ArtifactDir::Open(folder / "store");
        FaultRates rates;
        rates.*member = {.point = point, .number = number};
        SetFaults(rates);
        const auto stored = artifacts.Put(dir / "made");
        SetFaults({});
        INFO(FaultPointName(point) << " " << number);
        CHECK(stored.status().code() == StatusCode::kUnavailable);
        CHECK(stored.status().message().find("Input/output error") != std::string::npos);
        CheckObjects(folder / "store");
        CHECK(Temporaries(folder / "store") == 0);
        CHECK(artifacts.Put(dir / "made").ok());
      }
    }
  }
}

TEST_CASE("a file that is replaced is the old one or the new one, wherever its writer is killed") {
  const testing::TempDir dir;
  const std::string path = dir / "record.json";
  const int kills = testing::ForEachKill(
      {FaultPoint::kWrite, FaultPoint::kSync, FaultPoint::kRename}, [&](const FaultRates& rates) {
        REQUIRE(WriteFileAtomic(path, "old").ok());
        const ChildEnd end =
            testing::RunInChild(rates, [&] { return WriteFileAtomic(path, "new").ok(); });
        const std::string found = *ReadFile(path);
        CHECK((found == "old" || found == "new"));
        if (end == ChildEnd::kDone) CHECK(found == "new");
        REQUIRE(RemoveTemporaries(dir.path()).ok());
        CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
        return end;
      });
  CHECK(kills == 2 * (1 + 2 + 1));  // the file and its folder are synced
}

}  // namespace flywheel
