#include "orchestrator/engine/loop.h"

#include <catch2/catch.hpp>

#include "tests/support/campaign_specs.h"
#include "tests/support/fake_journal.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

struct Fixture {
  Fixture() { REQUIRE(loop.Boot().ok()); }
  LoopConfig Config() const {
    LoopConfig config;
    config.capacity = {.host = "host", .max_workers = 2, .cpus = 2, .memory_mb = 0};
    return config;
  }
  LoopPorts Ports() { return {&journal, &executor, &link, &clock}; }
  AttemptFinished Success(const FakeLink::Assigned& assigned) const {
    AttemptFinished finished;
    finished.worker = assigned.to.worker;
    finished.attempt = AttemptOf(assigned.task.attempt);
    finished.fencing_token = assigned.fencing_token;
    finished.outcome = FakeResult(assigned.task, {});
    finished.seconds = 1;
    return finished;
  }

  FakeJournal journal;
  FakeExecutor executor;
  FakeLink link;
  FakeClock clock;
  Loop loop{Ports(), Config()};
};

TEST_CASE_METHOD(Fixture, "a turn writes everything it decides at once") {
  std::vector<LoopInput> inbox;
  int replies = 0;
  for (const char* name : {"a", "b"}) {
    inbox.emplace_back(
        SubmittedCommand{CreateOf(SmallSpec(name)), [&](Result<Shared<CampaignState>> reply) {
                           CHECK(reply.ok());
                           ++replies;
                         }});
  }
  inbox.emplace_back(Observation{Connected("w1", 1)});
  const int64_t before = journal.appends();
  REQUIRE(loop.TakeTurn(std::move(inbox)).ok());
  CHECK(replies == 2);
  CHECK(journal.appends() == before + 1);
  CHECK(loop.snapshot()->campaigns.size() == 2);
  CHECK(link.assigned.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a turn without events writes nothing") {
  const int64_t before = journal.appends();
  REQUIRE(ObserveNow(loop, {Connected("w1", 1)}).ok());
  CHECK(journal.appends() == before);
  CHECK(loop.snapshot()->workers.size() == 1);
}

TEST_CASE_METHOD(Fixture, "what could not be written was never seen by anybody") {
  REQUIRE(ObserveNow(loop, {Connected("w1", 1)}).ok());
  const auto watch = loop.hub().Subscribe({.on_ready = {}}, *loop.snapshot());
  REQUIRE(watch.ok());
  const Snapshot before = loop.snapshot();
  journal.FailNext(Internal("input/output error"), FakeJournal::Written::kNo);
  Status seen;
  std::vector<LoopInput> inbox;
  inbox.emplace_back(
      SubmittedCommand{CreateOf(SmallSpec("a")),
                       [&](Result<Shared<CampaignState>> reply) { seen = reply.status(); }});
  const auto turn = loop.TakeTurn(std::move(inbox));
  CHECK(turn.status().code() == StatusCode::kInternal);
  CHECK(seen.code() == StatusCode::kInternal);
  CHECK(loop.snapshot() == before);
  CHECK(link.assigned.empty());
  CHECK((*watch)->Take()->items.empty());
}

TEST_CASE_METHOD(Fixture,
                 "reliability 12: on a full disk nothing is lost, and it goes on by itself") {
  REQUIRE(ObserveNow(loop, {Connected("w1", 1)}).ok());
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("a"))).ok());
  REQUIRE(link.assigned.size() == 1);
  const int64_t written = journal.last_seq();

  // A submission and a result arrive together and cannot be written; a worker is seen all the same.
  journal.FailNext(ResourceExhausted("disk is full"), FakeJournal::Written::kNo);
  Status seen;
  std::vector<LoopInput> inbox;
  inbox.emplace_back(
      SubmittedCommand{CreateOf(SmallSpec("b")),
                       [&](Result<Shared<CampaignState>> reply) { seen = reply.status(); }});
  inbox.emplace_back(Observation{Success(link.assigned[0])});
  inbox.emplace_back(Observation{Connected("w2", 1)});
  const auto turn = loop.TakeTurn(std::move(inbox));
  REQUIRE(turn.ok());
  CHECK(*turn == clock.now_ms + 1000);
  CHECK(seen.code() == StatusCode::kResourceExhausted);
  CHECK(journal.last_seq() == written);
  CHECK(link.acknowledged.empty());
  CHECK(loop.snapshot()->workers.contains("w2"));
  CHECK(loop.snapshot()->campaigns.size() == 1);
  CHECK(loop.snapshot()->disk_low.find("disk is full") != std::string::npos);
  journal.FailNext(ResourceExhausted("disk is full"), FakeJournal::Written::kNo);
  CHECK(SubmitNow(loop, CreateOf(SmallSpec("b"))).status().code() ==
        StatusCode::kResourceExhausted);

  // For several leases; the worker is there, and no longer names what it has handed over.
  for (int second = 0; second < 200; ++second) {
    clock.now_ms += 1000;
    journal.FailNext(ResourceExhausted("disk is full"), FakeJournal::Written::kNo);
    REQUIRE(ObserveNow(loop, {WorkerHeard{"w1", 1, {}}, WorkerHeard{"w2", 1, {}}}).ok());
  }
  CHECK(journal.last_seq() == written);

  // There is room again: the result counts, and once, though it is said again.
  REQUIRE(ObserveNow(loop, {DiskSeen{9000, false}}).ok());
  REQUIRE(link.acknowledged.size() == 1);
  CHECK(link.acknowledged[0].accepted);
  CHECK(loop.snapshot()->Find(1)->FindTask(AttemptOf(link.assigned[0].task.attempt).task)->state ==
        TaskState::kSucceeded);
  const int64_t counted = journal.last_seq();
  REQUIRE(ObserveNow(loop, {Success(link.assigned[0])}).ok());
  CHECK(link.acknowledged.size() == 2);
  CHECK(journal.last_seq() == counted);
  CHECK(SubmitNow(loop, CreateOf(SmallSpec("b"))).ok());
  CHECK(link.assigned.size() > 1);
}

TEST_CASE_METHOD(Fixture, "a commit whose answer was lost is there after the restart") {
  journal.FailNext(DeadlineExceeded("timeout"), FakeJournal::Written::kYes);
  CreateCampaign create = CreateOf(SmallSpec("a"));
  create.request_id = std::string("r");
  CHECK_FALSE(SubmitNow(loop, create).ok());
  Loop next(Ports(), Config());
  REQUIRE(next.Boot().ok());
  const auto again = SubmitNow(next, create);
  REQUIRE(again.ok());
  CHECK((*again)->id == 1);
  CHECK(next.snapshot()->campaigns.size() == 1);
}

TEST_CASE_METHOD(Fixture, "replay makes the same history as living through it") {
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("a"))).ok());
  REQUIRE(ObserveNow(loop, {Connected("w1", 1), Connected("w2", 2)}).ok());
  for (size_t next = 0; next < link.assigned.size(); ++next) {
    clock.now_ms += 500;
    const Observation finished = Success(link.assigned[next]);
    REQUIRE(ObserveNow(loop, {finished}).ok());
  }
  CHECK(loop.snapshot()->Find(1)->phase == CampaignPhase::kSucceeded);
  Loop next(Ports(), Config());
  REQUIRE(next.Boot().ok());
  CHECK(SameHistory(*next.snapshot(), *loop.snapshot()));
}

TEST_CASE_METHOD(Fixture, "an unreadable event sets its campaign aside and no other") {
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("good"))).ok());
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("bad"))).ok());
  int64_t created = 0;
  for (const Event& event : journal.events()) {
    if (event.campaign == 2 && std::holds_alternative<CampaignCreated>(event.kind)) {
      created = event.seq;
    }
  }
  journal.Spoil(created, "field 5: wire type 7");
  for (int life = 0; life < 2; ++life) {
    Loop next(Ports(), Config());
    REQUIRE(next.Boot().ok());
    const CampaignState* bad = next.snapshot()->Find(2);
    REQUIRE(bad != nullptr);
    CHECK(bad->phase == CampaignPhase::kFailed);
    CHECK(bad->reason.find("field 5: wire type 7") != std::string::npos);
    CHECK(next.snapshot()->Find(1)->phase == CampaignPhase::kRunning);
    if (life == 1) {
      REQUIRE(ObserveNow(next, {Connected("w1", 1)}).ok());
      REQUIRE(link.assigned.size() == 1);
      CHECK(link.assigned[0].task.attempt == "c1/i0/prepare/t0/a1");
    }
  }
}

TEST_CASE_METHOD(Fixture, "equal campaigns get equal tasks but for their names") {
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("a"))).ok());
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("b"))).ok());
  REQUIRE(ObserveNow(loop, {Connected("w1", 1), Connected("w2", 2)}).ok());
  for (size_t next = 0; next < link.assigned.size(); ++next) {
    const Observation finished = Success(link.assigned[next]);
    REQUIRE(ObserveNow(loop, {finished}).ok());
  }
  const CampaignState* a = loop.snapshot()->Find(1);
  const CampaignState* b = loop.snapshot()->Find(2);
  REQUIRE(a->phase == CampaignPhase::kSucceeded);
  REQUIRE(b->phase == CampaignPhase::kSucceeded);
  for (const ArtifactRef& artifact : a->artifacts) {
    INFO(artifact.name);
    CHECK(b->Artifact(artifact.name) == artifact.digest);
  }
  CHECK(a->artifacts.size() == b->artifacts.size());
  CHECK(a->champion == b->champion);
}

TEST_CASE_METHOD(Fixture, "a message is said once on a stream") {
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("a"))).ok());
  REQUIRE(ObserveNow(loop, {Connected("w1", 1)}).ok());
  REQUIRE(ObserveNow(loop, {}).ok());
  REQUIRE(ObserveNow(loop, {}).ok());
  CHECK(link.assigned.size() == 1);
  REQUIRE(SubmitNow(loop, CancelCampaign{1, ""}).ok());
  REQUIRE(ObserveNow(loop, {}).ok());
  CHECK(link.cancelled.size() == 1);
  // On a new stream it is said again.
  WorkerConnected back = Connected("w1", 2);
  back.hello.running = {{AttemptOf(link.assigned[0].task.attempt), 1}};
  REQUIRE(ObserveNow(loop, {back}).ok());
  CHECK(link.cancelled.size() == 2);
  CHECK(link.cancelled[1].to.connection == 2);
}

TEST_CASE_METHOD(Fixture, "progress reaches watchers and the snapshot but never the journal") {
  REQUIRE(SubmitNow(loop, CreateOf(SmallSpec("a"))).ok());
  REQUIRE(ObserveNow(loop, {Connected("w1", 1)}).ok());
  const auto watch = loop.hub().Subscribe(
      {.after_seq = loop.snapshot()->last_seq, .progress = ProgressWish::kWith, .on_ready = {}},
      *loop.snapshot());
  const int64_t before = journal.last_seq();
  AttemptProgressed progressed{"w1", AttemptOf("c1/i0/prepare/t0/a1"), 1, {}};
  progressed.progress.fraction = 0.5;
  AttemptProgressed stale = progressed;
  stale.fencing_token = 9;
  REQUIRE(ObserveNow(loop, {progressed, stale}).ok());
  CHECK(journal.last_seq() == before);
  const auto batch = (*watch)->Take();
  REQUIRE(batch.ok());
  REQUIRE(batch->items.size() == 1);
  CHECK(std::get<ProgressNote>(batch->items[0]).progress.fraction == 0.5);
  const WorkerState& worker = loop.snapshot()->workers.at("w1");
  CHECK(worker.holding.begin()->second.progress.fraction == 0.5);
}

}  // namespace
}  // namespace flywheel
