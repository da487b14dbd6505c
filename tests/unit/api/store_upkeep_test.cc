#include "orchestrator/api/store_upkeep.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include "base/io/damaged_artifacts.h"
#include "base/io/files.h"
#include "orchestrator/core/apply.h"
#include "orchestrator/store/disk_artifact_store.h"
#include "tests/support/journal_conformance.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

constexpr TimeMs kNow = 1'767'225'600'000;

// A store with a folder that a campaign has made, and a file that nobody needs.
struct Fixture {
  Fixture() : writer(*ArtifactDir::Open(folder / "artifacts")) {
    store.emplace(*DiskArtifactStore::Open(folder / "artifacts"));
    REQUIRE(MakeDirectories(folder / "model").ok());
    REQUIRE(WriteFile(folder / "model/weights", "weights").ok());
    model = writer.Put(folder / "model")->digest;
    stray = writer.PutBytes("stray")->digest;
    MakeOld();
    Do(CampaignCreated{SmallSpec("a"), "", ""});
    TaskSpec task;
    task.kind = "prepare";
    Do(StageStarted{0, Stage::kPrepare, {task}});
    const AttemptId attempt = {{1, 0, Stage::kPrepare, 0}, 1};
    Do(AttemptStarted{attempt, "w1", 1});
    TaskResult result;
    result.outputs = {{"model", model, 7}};
    Do(AttemptSucceeded{attempt, result, 1});
  }

  void Do(EventKind kind) {
    Event event = EventOf(state.last_seq + 1, 1, std::move(kind));
    event.time_ms = kNow;
    Apply(state, event);
  }

  // Everything was written two hours ago.
  void MakeOld() const {
    const timespec old[2] = {{kNow / 1000 - 7200, 0}, {kNow / 1000 - 7200, 0}};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "artifacts")) {
      if (!entry.is_regular_file()) continue;
      REQUIRE(::utimensat(AT_FDCWD, entry.path().c_str(), old, 0) == 0);
    }
  }

  v1::CollectGarbageResponse Collect(const v1::CollectGarbageRequest& request) {
    const auto response = CollectGarbage(state, *store, request, kNow);
    REQUIRE(response.ok());
    return *response;
  }

  TempDir folder;
  ArtifactDir writer;
  std::optional<DiskArtifactStore> store;
  LoopState state;
  std::string model;
  std::string stray;
};

TEST_CASE_METHOD(Fixture, "what no campaign reaches is removed, folders keep their files") {
  v1::CollectGarbageRequest request;
  request.set_dry_run(true);
  for (int times = 0; times < 2; ++times) {
    const auto said = Collect(request);
    CHECK(said.removed() == 1);
    CHECK(said.removed_bytes() == 5);
    CHECK(said.kept() == 2);  // the manifest and its file
    CHECK(said.young() == 0);
    CHECK(store->Contains(stray));
  }
  CHECK(Collect({}).removed() == 1);
  CHECK_FALSE(store->Contains(stray));
  CHECK(store->Verify(model).ok());
  CHECK(Collect({}).removed() == 0);
}

TEST_CASE_METHOD(Fixture, "what is young, or as old as a running attempt, stays") {
  v1::CollectGarbageRequest request;
  request.set_min_age_s(3 * 3600);
  CHECK(Collect(request).young() == 1);
  request.set_min_age_s(0);
  TaskSpec task;
  task.kind = "score";
  Do(StageStarted{1, Stage::kEvaluate, {task}});
  Event started =
      EventOf(state.last_seq + 1, 1, AttemptStarted{{{1, 1, Stage::kEvaluate, 0}, 1}, "w1", 2});
  started.time_ms = kNow - 3 * 3'600'000;
  Apply(state, started);
  CHECK(Collect(request).young() == 1);
  CHECK(store->Contains(stray));
  request.set_min_age_s(-1);
  CHECK(CollectGarbage(state, *store, request, kNow).status().code() ==
        StatusCode::kInvalidArgument);
}

TEST_CASE_METHOD(Fixture, "what a deleted campaign has made is garbage") {
  Do(CampaignEnded{CampaignPhase::kSucceeded});
  CHECK(Collect({}).kept() == 2);
  Do(CampaignDeleted{});
  CHECK(state.campaigns.empty());
  CHECK(Collect({}).removed() == 2);
  CHECK_FALSE(store->Contains(model));
}

TEST_CASE_METHOD(Fixture, "what was put aside as damaged is counted and left alone") {
  CHECK(Collect({}).damaged() == 0);
  const std::string weights = *writer.FilePath((*store->FilesOf(model))[0]);
  std::filesystem::permissions(weights, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  REQUIRE(WriteFile(weights, "Weights").ok());
  REQUIRE(CheckOrPutAside(writer, model).code() == StatusCode::kDataLoss);
  v1::CollectGarbageRequest request;
  request.set_min_age_s(0);
  for (int times = 0; times < 2; ++times) {
    const auto said = Collect(request);
    CHECK(said.damaged() == 1);
    CHECK(said.damaged_bytes() == 7);
    CHECK(said.kept() == 1);  // the manifest
  }
  // What must be made again is a problem; what lies in damaged/ is none.
  v1::CheckStoreRequest check;
  check.set_read_all(true);
  const auto checked = CheckStore(state, *store, check);
  REQUIRE(checked->problems_size() == 1);
  CHECK(checked->problems(0).problem().find("is not in") != std::string::npos);
  REQUIRE(writer.PutBytes("weights").ok());
  CHECK(CheckStore(state, *store, check)->problems().empty());
}

TEST_CASE_METHOD(Fixture, "a store that lacks or has changed what the journal names is told") {
  v1::CheckStoreRequest request;
  request.set_read_all(true);
  CHECK(CheckStore(state, *store, request)->artifacts() == 1);
  CHECK(CheckStore(state, *store, request)->problems().empty());
  const std::string weights = *writer.FilePath((*store->FilesOf(model))[0]);
  std::filesystem::permissions(weights, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  REQUIRE(WriteFile(weights, "Weights").ok());
  const auto changed = CheckStore(state, *store, request);
  REQUIRE(changed->problems_size() == 1);
  CHECK(changed->problems(0).campaign() == "campaigns/c1");
  CHECK(changed->problems(0).artifact() == "i0/prepare/model");
  CHECK(changed->problems(0).made_by() == "c1/i0/prepare/t0");
  CHECK(changed->problems(0).problem().find("they were changed") != std::string::npos);
  // With repair it is put aside, so that it can be written again.
  request.set_repair(true);
  CHECK(CheckStore(state, *store, request)->problems_size() == 1);
  CHECK(store->Damaged()->count == 1);
  CHECK_FALSE(std::filesystem::exists(weights));
  request.set_repair(false);
  CHECK(*store->RemoveUnused(model, 1LL << 60));
  request.set_read_all(false);
  CHECK(CheckStore(state, *store, request)->problems(0).problem() == "is not in the store");
}

}  // namespace
}  // namespace flywheel
