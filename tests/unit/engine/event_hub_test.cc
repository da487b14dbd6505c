#include "orchestrator/engine/event_hub.h"

#include <catch2/catch.hpp>

#include "tests/support/fake_journal.h"
#include "tests/support/journal_conformance.h"

namespace flywheel {
namespace {

struct Fixture {
  // `n` events, of campaigns 1 and 2 in turn.
  std::vector<Event> Write(int64_t n) {
    std::vector<Event> events;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t seq = journal.last_seq() + i + 1;
      events.push_back(EventOf(seq, 1 + seq % 2, CampaignPaused{}));
    }
    REQUIRE(journal.Append(events).ok());
    state.last_seq = journal.last_seq();
    for (const int64_t id : {1, 2}) state.campaigns.Edit(id).id = id;
    return events;
  }
  std::shared_ptr<Subscription> Watch(WatchRequest request) {
    auto subscription = hub.Subscribe(std::move(request), state);
    REQUIRE(subscription.ok());
    return *subscription;
  }
  static std::vector<int64_t> TakeAll(Subscription& subscription) {
    std::vector<int64_t> seqs;
    while (true) {
      const auto batch = subscription.Take();
      REQUIRE(batch.ok());
      if (batch->items.empty()) return seqs;
      for (const WatchItem& item : batch->items) seqs.push_back(std::get<Event>(item).seq);
    }
  }

  FakeJournal journal;
  EventHub hub{&journal};
  LoopState state;
};

TEST_CASE_METHOD(Fixture, "a watcher gets the past and the present without a gap") {
  Write(700);
  const auto watch = Watch({.after_seq = 100, .on_ready = {}});
  hub.Publish(Write(50));
  std::vector<int64_t> expected;
  for (int64_t seq = 101; seq <= 750; ++seq) expected.push_back(seq);
  CHECK(TakeAll(*watch) == expected);
  hub.Publish(Write(1));
  CHECK(TakeAll(*watch) == std::vector<int64_t>{751});
}

TEST_CASE_METHOD(Fixture, "a watcher of one campaign gets its events alone") {
  Write(601);
  const auto watch = Watch({.campaign = 2, .on_ready = {}});
  hub.Publish(Write(3));
  const std::vector<int64_t> seqs = TakeAll(*watch);
  CHECK(seqs.size() == 302);
  for (const int64_t seq : seqs) CHECK(seq % 2 == 1);
}

TEST_CASE_METHOD(Fixture, "watching ends with the campaign") {
  Write(4);
  const auto watch = Watch({.campaign = 1, .after_seq = 4, .on_ready = {}});
  CHECK_FALSE((*watch).Take()->end);
  const std::vector<Event> end = {EventOf(5, 1, CampaignEnded{CampaignPhase::kFailed})};
  REQUIRE(journal.Append(end).ok());
  hub.Publish(end);
  const auto batch = watch->Take();
  CHECK(batch->items.size() == 1);
  CHECK(batch->end);
}

TEST_CASE_METHOD(Fixture, "a campaign that has ended is watched to its end") {
  Write(1);
  REQUIRE(journal.Append(std::vector<Event>{EventOf(2, 1, CampaignEnded{CampaignPhase::kFailed})})
              .ok());
  state.last_seq = 2;
  state.campaigns.Edit(1).phase = CampaignPhase::kFailed;
  CHECK(Watch({.campaign = 1, .on_ready = {}})->Take()->end);
  const auto late = Watch({.campaign = 1, .after_seq = 2, .on_ready = {}})->Take();
  CHECK(late->items.empty());
  CHECK(late->end);
}

TEST_CASE_METHOD(Fixture, "a watcher that does not read is cut off and nobody else is") {
  Write(1);
  const auto slow = Watch({.after_seq = 1, .on_ready = {}});
  const auto quick = Watch({.after_seq = 1, .on_ready = {}});
  size_t got = 0;
  for (size_t sent = 0; sent <= kWatchQueueLimit; sent += 64) {
    hub.Publish(Write(64));
    got += TakeAll(*quick).size();
  }
  CHECK(slow->Take().status().code() == StatusCode::kResourceExhausted);
  CHECK(got == static_cast<size_t>(journal.last_seq()) - 1);
}

TEST_CASE_METHOD(Fixture, "watchers are told when there is something to take") {
  Write(2);
  int told = 0;
  const auto watch = Watch({.campaign = 1, .after_seq = 2, .on_ready = [&] { ++told; }});
  hub.Publish(Write(1));  // of campaign 2
  CHECK(told == 0);
  hub.Publish(Write(1));
  CHECK(told == 1);
  hub.Close();
  CHECK(told == 2);
  CHECK(TakeAll(*Watch({.after_seq = 3, .on_ready = {}})) == std::vector<int64_t>{4});
  CHECK(watch->Take()->items.size() == 1);
  CHECK(watch->Take().status().code() == StatusCode::kUnavailable);
}

TEST_CASE_METHOD(
    Fixture, "reliability 34: what was compacted is out of range, and watching goes on after it") {
  Write(10);
  state.campaigns.Edit(1).phase = CampaignPhase::kFailed;
  state.campaigns.Edit(1).last_seq = 10;
  state.campaigns.Edit(2).last_seq = 9;
  const auto before = Watch({.campaign = 1, .on_ready = {}});
  REQUIRE(journal.Compact(state, 1).ok());
  // Of everything, of the campaign that is gone, also where watching had begun.
  for (const WatchRequest& request : {WatchRequest{.after_seq = 4, .on_ready = {}},
                                      WatchRequest{.campaign = 1, .on_ready = {}}}) {
    const auto batch = Watch(request)->Take();
    REQUIRE(batch.status().code() == StatusCode::kOutOfRange);
    CHECK(batch.status().message().find("compacted") != std::string::npos);
  }
  CHECK(before->Take().status().code() == StatusCode::kOutOfRange);
  // The live one has all of its events, and whoever listed the campaigns misses nothing.
  CHECK(TakeAll(*Watch({.campaign = 2, .on_ready = {}})) == std::vector<int64_t>{1, 3, 5, 7, 9});
  const auto all = Watch({.after_seq = state.last_seq, .on_ready = {}});
  hub.Publish(Write(3));
  CHECK(TakeAll(*all) == std::vector<int64_t>{11, 12, 13});
}

TEST_CASE_METHOD(Fixture, "what cannot be watched is refused") {
  Write(2);
  CHECK(hub.Subscribe({.campaign = 9, .on_ready = {}}, state).status().code() ==
        StatusCode::kNotFound);
  CHECK(hub.Subscribe({.after_seq = 3, .on_ready = {}}, state).status().code() ==
        StatusCode::kOutOfRange);
  CHECK(hub.Subscribe({.after_seq = -1, .on_ready = {}}, state).status().code() ==
        StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace flywheel
