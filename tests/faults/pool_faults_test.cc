// Imports, tags and record files that are killed at any change they make to the disk, or meet a
// disk that refuses one: the pool is as it was, and the same import again ends as if nothing had
// happened.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "pool/formats/record_writer.h"
#include "pool/index/enrichment.h"
#include "tests/faults/dying_child.h"
#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::ChildEnd;
using testing::DifferenceOf;
using testing::ForEachKill;
using testing::Import;
using testing::MustImport;
using testing::RunInChild;
using testing::SampleRows;
using testing::SmallBlocks;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

const std::vector<FaultPoint> kPoints = {FaultPoint::kWrite, FaultPoint::kSync,
                                         FaultPoint::kRename};

// A pool that holds one version of a data set, and the source of the next one: two parts, one of
// them with a rejected record.
class Versions {
 public:
  Versions() {
    nlohmann::json rows = SampleRows("new", 20);
    rows[3].erase("conversations");
    next_ = SourceOf("set", {WriteRows(folder_ / "new.json", rows)});
    MustImport(folder_ / "old",
               {SourceOf("set", {WriteRows(folder_ / "old.json", SampleRows("old", 5))})});
    Copy("old", "whole");
    MustImport(folder_ / "whole", {next_});
    Copy("whole", "imported");
  }

  // Makes a pool as another one is.
  void Copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(folder_ / to);
    std::filesystem::copy(folder_ / from, folder_ / to, std::filesystem::copy_options::recursive);
  }
  bool ImportNext(const std::string& name) const { return Import(folder_ / name, {next_}).ok(); }
  // The version that the pool holds: 0, 1, or -1 for one that cannot be read.
  int VersionOf(const std::string& name) const {
    auto pool = Pool::Open(folder_ / name);
    if (!pool.ok() || pool->manifest().datasets.size() != 1) return -1;
    const auto record = pool->ReadRecord({0, 0});
    if (!record.ok()) return -1;
    return record->find("new_0") == std::string::npos ? 0 : 1;
  }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempDir folder_{TempDir::Memory()};
  DatasetSource next_;
};

TEST_CASE("An import killed at any write, fsync or rename leaves a whole version and goes on") {
  Versions versions;
  const int kills = ForEachKill(kPoints, [&versions](const FaultRates& rates) {
    versions.Copy("old", "pool");
    const ChildEnd end = RunInChild(rates, [&] { return versions.ImportNext("pool"); });
    CHECK(versions.VersionOf("pool") >= (end == ChildEnd::kDone ? 1 : 0));
    REQUIRE(versions.ImportNext("pool"));
    CHECK(DifferenceOf(versions / "whole", versions / "pool") == "");
    return end;
  });
  CHECK(kills > 30);
}

// Fails the first point of each kind, then the second and so on, until `attempt` succeeds.
int ForEachFailure(const std::function<bool(const FaultRates& rates)>& attempt) {
  int failures = 0;
  for (const FaultPoint point : kPoints) {
    for (const auto member : {&FaultRates::fail_at, &FaultRates::late_at}) {
      for (int64_t number = 1; number < 1000; ++number) {
        FaultRates rates;
        rates.*member = {.point = point, .number = number};
        INFO("fails at " << FaultPointName(point) << " " << number);
        if (attempt(rates)) break;
        ++failures;
      }
    }
  }
  return failures;
}

TEST_CASE("A disk that refuses any change makes a clear error, and the next import goes on") {
  Versions versions;
  const int failures = ForEachFailure([&versions](const FaultRates& rates) {
    versions.Copy("old", "pool");
    const std::string before = *ReadFile((versions / "pool") + "/pool.json");
    SetFaults(rates);
    const bool is_done = versions.ImportNext("pool");
    SetFaults({});
    if (!is_done && versions.VersionOf("pool") == 0) {
      CHECK(*ReadFile((versions / "pool") + "/pool.json") == before);
    }
    CHECK(versions.VersionOf("pool") >= 0);
    REQUIRE(versions.ImportNext("pool"));
    CHECK(versions.VersionOf("pool") == 1);
    return is_done;
  });
  CHECK(failures > 15);
}

// Files that may not grow stand for a disk that is full, also for what DuckDB writes.
void LimitFiles(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_CASE("A full disk is an error that names a file of the pool, which stays as it was") {
  Versions versions;
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{100}, rlim_t{700}}) {
    versions.Copy("old", "pool");
    const std::string before = *ReadFile((versions / "pool") + "/pool.json");
    const ChildEnd end = RunInChild({}, [&] {
      LimitFiles(bytes);
      const Status status =
          Import(versions / "pool", {SourceOf("set", {versions / "new.json"})}).status();
      return !status.ok() && status.message().find(versions / "pool") != std::string::npos;
    });
    CHECK(end == ChildEnd::kDone);
    CHECK(*ReadFile((versions / "pool") + "/pool.json") == before);
    CHECK(versions.VersionOf("pool") == 0);
    REQUIRE(versions.ImportNext("pool"));
    CHECK(DifferenceOf(versions / "whole", versions / "pool") == "");
  }
}

TEST_CASE("The error of a disk that fails names the file") {
  Versions versions;
  versions.Copy("old", "pool");
  FaultRates rates;
  rates.fail_at = {.point = FaultPoint::kSync, .number = 2};
  SetFaults(rates);
  const auto imported = Import(versions / "pool", {SourceOf("set", {versions / "new.json"})});
  SetFaults({});
  REQUIRE_FALSE(imported.ok());
  INFO(imported.status().message());
  CHECK(imported.status().message().find((versions / "pool") + "/work/set") != std::string::npos);
}

TEST_CASE("Tags that are killed at any point are there wholly or not, and end the same") {
  Versions versions;
  const QuestionTagger tagger(*ShippedTypeModel());
  EnrichmentOptions options;
  options.threads = 1;
  REQUIRE(TagPool(versions / "whole", tagger, options).ok());
  const int kills = ForEachKill(kPoints, [&](const FaultRates& rates) {
    versions.Copy("imported", "pool");
    const ChildEnd end =
        RunInChild(rates, [&] { return TagPool(versions / "pool", tagger, options).ok(); });
    CHECK(versions.VersionOf("pool") == 1);
    REQUIRE(TagPool(versions / "pool", tagger, options).ok());
    CHECK(DifferenceOf(versions / "whole", versions / "pool") == "");
    return end;
  });
  CHECK(kills > 8);
}

TEST_CASE("A record file that cannot be written leaves the one before it, and nothing else") {
  const TempDir folder(TempDir::Memory());
  const std::string path = folder / "a.json";
  REQUIRE(WriteFile(path, "before").ok());
  const int failures = ForEachFailure([&](const FaultRates& rates) {
    SetFaults(rates);
    Status status = OkStatus();
    {
      auto writer = RecordFileWriter::Create(path, RecordFileForm::kArray);
      REQUIRE(writer.ok());
      status = writer->Write("{\"a\": 1}");
      if (status.ok()) status = writer->Finish();
    }
    SetFaults({});
    CHECK(testing::FilesBelow(folder.path()).size() == 1);
    const std::string text = *ReadFile(path);
    CHECK((text == "before" || text == "[\n{\"a\": 1}\n]\n"));
    return status.ok();
  });
  CHECK(failures >= 3);
}

}  // namespace
}  // namespace flywheel
