// What every Journal must do. A test of an implementation derives a store that can be opened again
// and again on the same data, and calls CheckJournal inside a TEST_CASE.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "orchestrator/ports/journal.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_results.h"

namespace flywheel {

class JournalStore {
 public:
  virtual ~JournalStore() = default;
  // A journal on this store's data. At most one is open at a time.
  virtual std::unique_ptr<Journal> Open() = 0;
};

inline Event EventOf(int64_t seq, int64_t campaign, EventKind kind) {
  return {seq, 1'767'225'600'000 + seq, campaign, fmt::format("event {}", seq), std::move(kind)};
}

// One event of every kind, with every field set, seq 1 onwards, of campaigns 1 and 2.
inline std::vector<Event> EveryKindOfEvent() {
  TaskSpec task;
  task.kind = "score";
  task.inputs = {{"model", std::string(64, 'a'), ""}, {"questions", std::string(64, 'b'), ""}};
  task.parameters = {{"split", "gate"}, {"batch_size", 8}, {"deep", {{"x", {1.5, true, nullptr}}}}};
  task.seed = 0xfedcba9876543210ULL;
  task.resources = {2, 1024};
  task.limits = {60, 30, 5};
  const AttemptId attempt{{1, 1, Stage::kEvaluate, 0}, 1};
  TaskSpec judge = task;
  judge.kind = "judge";
  judge.inputs.push_back({"champion_gate", std::string(64, 'c'), ""});
  FakeOutcome outcome;
  GateVerdict verdict{"promoted", PairedTest{90, 20, 5, 0.002}, 0.002, "better"};
  std::vector<EventKind> kinds = {
      CampaignCreated{CompleteSpec(), "request-1", "digest-1"},
      StageStarted{1, Stage::kEvaluate, {task, task}},
      AttemptStarted{attempt, "w1", 41},
      AttemptFailed{attempt, FailureKind::kTask, "boom", -9, 1'767'225'699'999, 1.25},
      AttemptFailed{attempt, FailureKind::kPermanent, "bad data", 65, {}, 0.5},
      AttemptSucceeded{attempt, FakeResult(judge, outcome), 2.5},
      TasksAdded{1, Stage::kEvaluate, {judge}},
      StageEnded{1, Stage::kEvaluate},
      GateDecided{2, verdict, std::string(64, 'd'), std::string(64, 'e')},
      CampaignPaused{.now = true},
      CampaignResumed{},
      TaskRerun{.task = attempt.task},
      CampaignCancelRequested{},
      CampaignEnded{CampaignPhase::kCancelled},
      CampaignDeleted{},
  };
  for (const char* kind : {"prepare", "analyze", "generate", "train"}) {
    task.kind = kind;
    kinds.push_back(AttemptSucceeded{attempt, FakeResult(task, outcome), 3});
  }
  std::vector<Event> events;
  for (EventKind& kind : kinds) {
    const int64_t seq = static_cast<int64_t>(events.size()) + 1;
    events.push_back(EventOf(seq, 1 + seq % 2, std::move(kind)));
  }
  return events;
}

inline std::vector<Event> ReplayAll(Journal& journal) {
  std::vector<Event> events;
  const Status status = journal.Replay([&](const JournalEntry& entry) {
    REQUIRE(entry.event.ok());
    CHECK(entry.seq == entry.event->seq);
    CHECK(entry.campaign == entry.event->campaign);
    events.push_back(*entry.event);
    return OkStatus();
  });
  CHECK(status.ok());
  return events;
}

inline void CheckJournal(JournalStore& store) {
  const std::vector<Event> all = EveryKindOfEvent();
  const auto count = static_cast<int64_t>(all.size());
  {
    std::unique_ptr<Journal> journal = store.Open();
    CHECK(journal->last_seq() == 0);
    CHECK(ReplayAll(*journal).empty());
    CHECK(journal->Read({})->empty());
    REQUIRE(journal->Append({all.data(), 1}).ok());
    REQUIRE(journal->Append({all.data() + 1, all.size() - 1}).ok());
    CHECK(journal->last_seq() == count);
    CHECK(ReplayAll(*journal) == all);
    // A batch with a gap, or one that was written before, is refused whole.
    const std::vector<Event> gap = {EventOf(count + 2, 1, CampaignPaused{})};
    CHECK(journal->Append(gap).code() == StatusCode::kInternal);
    CHECK(journal->Append({all.data(), 1}).code() == StatusCode::kInternal);
    const std::vector<Event> torn = {EventOf(count + 1, 1, CampaignPaused{}),
                                     EventOf(count + 3, 1, CampaignPaused{})};
    CHECK(journal->Append(torn).code() == StatusCode::kInternal);
    CHECK(journal->last_seq() == count);
    // The visitor's failure ends a replay.
    int64_t seen = 0;
    const Status stopped = journal->Replay(
        [&](const JournalEntry&) { return ++seen == 2 ? Aborted("enough") : OkStatus(); });
    CHECK(stopped == Aborted("enough"));
    CHECK(seen == 2);
  }
  std::unique_ptr<Journal> journal = store.Open();
  CHECK(journal->last_seq() == count);
  const std::vector<Event> replayed = ReplayAll(*journal);
  REQUIRE(replayed.size() == all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    INFO("event " << all[i].seq);
    CHECK(replayed[i] == all[i]);
  }
  // Pages: after a seq, of one campaign, at most so many.
  const auto page = journal->Read({.after_seq = 3, .campaign = 0, .limit = 4});
  REQUIRE(page.ok());
  REQUIRE(page->size() == 4);
  CHECK(page->front() == all[3]);
  CHECK(page->back() == all[6]);
  const auto of_two = journal->Read({.after_seq = 1, .campaign = 2, .limit = 2});
  REQUIRE(of_two.ok());
  REQUIRE(of_two->size() == 2);
  CHECK((*of_two)[0] == all[2]);
  CHECK((*of_two)[1] == all[4]);
  CHECK(journal->Read({.after_seq = count})->empty());
  // It goes on where it was.
  const std::vector<Event> more = {EventOf(count + 1, 1, CampaignPaused{})};
  CHECK(journal->Append(more).ok());
  CHECK(journal->last_seq() == count + 1);
}

}  // namespace flywheel
