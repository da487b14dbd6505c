// What every Journal must do about saved states and old histories. As journal_conformance.h; for
// tests that link the engine.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "orchestrator/core/report.h"
#include "tests/support/fake_world.h"
#include "tests/support/journal_conformance.h"

namespace flywheel {

// A loop on the store's journal, opened again for every life.
class LifeOfLoop {
 public:
  explicit LifeOfLoop(JournalStore& store) : store_(store) { Restart(); }

  void Restart() {
    loop_.reset();
    journal_.reset();
    journal_ = store_.Open();
    loop_.emplace(LoopPorts{journal_.get(), &executor_, &link_, &clock_}, LoopConfig{});
    REQUIRE(loop_->Boot().ok());
    WorkerConnected connected = Connected("w", ++connections_, 64);
    for (size_t i = next_; i < link_.assigned.size(); ++i) {
      connected.hello.running.push_back(
          {AttemptOf(link_.assigned[i].task.attempt), link_.assigned[i].fencing_token});
    }
    REQUIRE(ObserveNow(*loop_, {connected}).ok());
  }
  // Finishes what was assigned, at most `count` attempts.
  void Work(size_t count) {
    for (; count > 0 && next_ < link_.assigned.size(); --count) {
      const FakeLink::Assigned assigned = link_.assigned[next_++];
      clock_.now_ms += 1000;
      const Status taken =
          ObserveNow(*loop_, {AttemptFinished{.worker = assigned.to.worker,
                                              .attempt = AttemptOf(assigned.task.attempt),
                                              .fencing_token = assigned.fencing_token,
                                              .outcome = FakeResult(assigned.task, {}),
                                              .seconds = 1}});
      REQUIRE(taken.ok());
    }
  }

  Loop& loop() { return *loop_; }
  Journal& journal() { return *journal_; }
  const LoopState& state() const { return *loop_->snapshot(); }
  TimeMs now() const { return clock_.now_ms; }

 private:
  JournalStore& store_;
  FakeExecutor executor_;
  FakeLink link_;
  FakeClock clock_;
  size_t next_ = 0;
  int64_t connections_ = 0;
  std::unique_ptr<Journal> journal_;
  std::optional<Loop> loop_;
};

inline void CheckCompaction(JournalStore& store) {
  LifeOfLoop life(store);
  REQUIRE(SubmitNow(life.loop(), CreateOf(CompleteSpec("ends"))).ok());
  life.Work(1000);
  REQUIRE(life.state().Find(1)->phase == CampaignPhase::kSucceeded);
  const int64_t end = life.state().last_seq;
  CreateCampaign create = CreateOf(CompleteSpec("lives"));
  create.request_id = "once";
  REQUIRE(SubmitNow(life.loop(), create).ok());
  life.Work(2);

  // Saved: a new life is the same, and goes on.
  LoopState before = life.state();
  REQUIRE(life.journal().Compact(before, 0).ok());
  CHECK(life.journal().compacted_seq() == 0);
  CHECK(life.journal().Read({.after_seq = 0, .campaign = 1})->size() == static_cast<size_t>(end));
  life.Work(1);
  before = life.state();
  life.Restart();
  CHECK(SameHistory(life.state(), before));
  CHECK((*SubmitNow(life.loop(), create))->id == 2);

  // The history of what has ended is dropped, and nothing else.
  REQUIRE(life.journal().Compact(life.state(), life.now() + 1).ok());
  CHECK(life.journal().compacted_seq() == end);
  CHECK(life.journal().Read({.after_seq = 0, .campaign = 1})->empty());
  const auto kept = life.journal().Read({.after_seq = 0, .campaign = 2});
  REQUIRE(kept.ok());
  REQUIRE_FALSE(kept->empty());
  CHECK(std::holds_alternative<CampaignCreated>(kept->front().kind));
  CHECK(kept->back().seq == life.state().last_seq);
  const CampaignReport report = MakeReport(*life.state().Find(1), life.now());
  before = life.state();
  life.Restart();
  CHECK(SameHistory(life.state(), before));
  CHECK(MakeReport(*life.state().Find(1), life.now()) == report);
  CHECK(life.journal().compacted_seq() == end);

  // What is deleted is gone from the saved state too; the other one ends as if nothing had
  // happened.
  REQUIRE(SubmitNow(life.loop(), DeleteCampaign{1, ""}).ok());
  REQUIRE(life.journal().Compact(life.state(), 0).ok());
  before = life.state();
  life.Restart();
  CHECK(SameHistory(life.state(), before));
  CHECK(life.state().Find(1) == nullptr);
  life.Work(1000);
  CHECK(life.state().Find(2)->phase == CampaignPhase::kSucceeded);
  CHECK(life.state().last_campaign == 2);
}

}  // namespace flywheel
