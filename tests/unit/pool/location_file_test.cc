#include "pool/index/location_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/io/files.h"
#include "base/rng.h"
#include "pool/index/location_layout.h"
#include "pool/index/location_writer.h"
#include "pool/index/sample_batch.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

struct Written {
  std::vector<SampleLocation> locations;
  std::vector<uint64_t> hashes;
  LocationTotals totals;
};

// Random rows whose ids repeat, in runs of random lengths, as an import leaves them.
Written WriteRandom(const TempDir& folder, uint64_t seed, int rows, uint64_t ids) {
  Rng rng(seed);
  Written written;
  std::vector<std::string> runs;
  LocationRun run;
  for (int i = 0; i < rows; ++i) {
    const SampleLocation location{static_cast<int32_t>(rng.Below(kMostFiles)),
                                  static_cast<int64_t>(rng.Below(kMostBytesOfFile)),
                                  static_cast<uint32_t>(rng.Next())};
    const uint64_t hash = HashOfId("id_" + std::to_string(rng.Below(ids)));
    written.locations.push_back(location);
    written.hashes.push_back(hash);
    run.locations.push_back(location);
    run.id_hashes.push_back(hash);
    if (i + 1 < rows && !rng.Chance(0.01)) continue;
    runs.push_back(folder / ("run" + std::to_string(runs.size())));
    REQUIRE(WriteLocationRun(runs.back(), run).ok());
    run = {};
  }
  const auto totals = WriteLocationFile(runs, folder / "index.bin");
  REQUIRE(totals.ok());
  written.totals = *totals;
  return written;
}

TEST_CASE("Rows of an id are those that a search of all rows finds, in order") {
  for (const auto& [rows, ids] : std::vector<std::pair<int, uint64_t>>{{0, 1},
                                                                       {1, 1},
                                                                       {2, 1},
                                                                       {63, 9},
                                                                       {65, 40},
                                                                       {5000, 1},
                                                                       {5000, 300},
                                                                       {40'000, 1'000'000}}) {
    const TempDir folder;
    INFO(rows << " rows of " << ids << " ids");
    const Written written = WriteRandom(folder, static_cast<uint64_t>(rows) + ids, rows, ids);
    const auto file = LocationFile::Open(folder / "index.bin");
    REQUIRE(file.ok());
    REQUIRE(file->size() == rows);
    std::map<uint64_t, std::vector<uint32_t>> expected;
    bool all_equal = true;
    for (int i = 0; i < rows; ++i) {
      expected[written.hashes[static_cast<size_t>(i)]].push_back(static_cast<uint32_t>(i));
      all_equal = all_equal && file->At(i) == written.locations[static_cast<size_t>(i)];
    }
    CHECK(all_equal);
    bool all_found = true;
    for (const auto& [hash, wanted] : expected) {
      const auto found = file->RowsOf(hash);
      all_found = all_found && std::equal(found.begin(), found.end(), wanted.begin(), wanted.end());
      for (const uint64_t other : {hash - 1, hash + 1}) {
        all_found = all_found && file->RowsOf(other).size() == expected.count(other);
      }
    }
    CHECK(all_found);
    CHECK(file->RowsOf(0).empty());
    CHECK(file->RowsOf(UINT64_MAX).empty());
    CHECK(written.totals.rows == rows);
    CHECK(written.totals.repeated_ids == rows - static_cast<int64_t>(expected.size()));
  }
}

TEST_CASE("The smallest and the largest hash are found") {
  const TempDir folder;
  LocationRun run;
  for (const uint64_t hash : {UINT64_MAX, uint64_t{0}, UINT64_MAX, uint64_t{1}}) {
    run.locations.push_back({0, 0, 1});
    run.id_hashes.push_back(hash);
  }
  REQUIRE(WriteLocationRun(folder / "run", run).ok());
  REQUIRE(WriteLocationFile({folder / "run"}, folder / "index.bin").ok());
  const auto file = LocationFile::Open(folder / "index.bin");
  REQUIRE(file.ok());
  CHECK(file->RowsOf(0).size() == 1);
  CHECK(file->RowsOf(UINT64_MAX).size() == 2);
  CHECK(file->RowsOf(UINT64_MAX)[0] == 0);
  CHECK(file->RowsOf(UINT64_MAX)[1] == 2);
}

TEST_CASE("A run is read back as it was written, and a cut one is refused") {
  const TempDir folder;
  const LocationRun run{{{3, 123'456'789'012, 77}, {0, 0, 0}}, {5, 6}};
  REQUIRE(WriteLocationRun(folder / "run", run).ok());
  const auto read = ReadLocationRun(folder / "run");
  REQUIRE(read.ok());
  CHECK(read->locations == run.locations);
  CHECK(read->id_hashes == run.id_hashes);
  const std::string bytes = *ReadFile(folder / "run");
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(WriteFile(folder / "run", bytes.substr(0, size)).ok());
    CHECK(ReadLocationRun(folder / "run").status().code() == StatusCode::kDataLoss);
  }
}

TEST_CASE("Cut, damaged and newer location files have the status that says what to do") {
  const TempDir folder;
  WriteRandom(folder, 1, 100, 50);
  const std::string path = folder / "index.bin";
  const std::string bytes = *ReadFile(path);
  const auto status_of = [&path](const std::string& changed) {
    REQUIRE(WriteFile(path, changed).ok());
    return LocationFile::Open(path).status();
  };
  CHECK(status_of("").message() == path + ": is 0 bytes long, expected at least a header of 64");
  CHECK(status_of(bytes.substr(0, 63)).code() == StatusCode::kDataLoss);
  CHECK(status_of(bytes.substr(0, 64)).code() == StatusCode::kDataLoss);
  const Status cut = status_of(bytes.substr(0, bytes.size() - 8));
  CHECK(cut.code() == StatusCode::kDataLoss);
  CHECK(cut.message() == path + ": is 2456 bytes long, expected 2464 for 100 samples");
  CHECK(status_of(bytes + "12345678").code() == StatusCode::kDataLoss);
  for (size_t at = 0; at < 64; ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    INFO("byte " << at);
    const StatusCode code = status_of(changed).code();
    CHECK(code == (at >= 8 && at < 12 ? StatusCode::kFailedPrecondition : StatusCode::kDataLoss));
  }
  LocationHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.version = 2;
  header.checksum = ChecksumOf(header);
  std::string newer = bytes;
  std::memcpy(newer.data(), &header, sizeof header);
  CHECK(status_of(newer) ==
        FailedPrecondition(path +
                           ": has version 2, this program reads version 1; import the data set "
                           "again"));
  CHECK(LocationFile::Open(folder / "none").status().code() == StatusCode::kNotFound);
}

TEST_CASE("A file that says it has more rows than can be is refused, not mapped") {
  const TempDir folder;
  for (const uint64_t rows : {uint64_t{1} << 32, uint64_t{1} << 60, UINT64_MAX}) {
    LocationHeader header = LocationHeaderOf(0);
    header.rows = rows;
    header.checksum = ChecksumOf(header);
    REQUIRE(WriteFile(folder / "i", {reinterpret_cast<const char*>(&header), 64}).ok());
    CHECK(LocationFile::Open(folder / "i").status().code() == StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace flywheel
