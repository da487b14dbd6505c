#include "orchestrator/engine/host.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "tests/support/campaign_specs.h"
#include "tests/support/fake_journal.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

// A worker whose tasks succeed at once, seen from the loop's side of the link.
class InstantWorkers : public WorkerLink {
 public:
  void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) override {
    AttemptFinished finished;
    finished.worker = to.worker;
    finished.attempt = AttemptOf(task.attempt);
    finished.fencing_token = fencing_token;
    finished.outcome = FakeResult(task, {});
    host->Observe(std::move(finished));
  }
  void Cancel(const WorkerAddress&, const AttemptId&, int64_t) override {}
  void Acknowledge(const Acknowledgement&) override {}
  Host* host = nullptr;
};

struct Fixture {
  Result<Shared<CampaignState>> Submit(Command command) {
    std::promise<Result<Shared<CampaignState>>> promise;
    auto future = promise.get_future();
    host.Submit(std::move(command),
                [&](Result<Shared<CampaignState>> reply) { promise.set_value(std::move(reply)); });
    return future.get();
  }

  FakeJournal journal;
  FakeExecutor executor;
  InstantWorkers link;
  SteadyClock clock;
  std::atomic<int> fatal{0};
  Host host{{&journal, &executor, &link, &clock}, {}};
};

TEST_CASE_METHOD(Fixture, "campaigns of many threads run to their end on the strand") {
  link.host = &host;
  REQUIRE(host.Start([&](Status) { ++fatal; }).ok());
  REQUIRE(host.Observe(Connected("w1", 1)));
  std::vector<std::thread> threads;
  std::promise<void> ended;
  std::promise<std::shared_ptr<Subscription>> subscribed;
  std::atomic<int> wakes{0};
  host.Subscribe({.on_ready =
                      [&] {
                        ++wakes;
                        wakes.notify_one();
                      }},
                 [&](auto reply) { subscribed.set_value(*reply); });
  const std::shared_ptr<Subscription> watch = subscribed.get_future().get();
  std::atomic<int> accepted{0};  // Catch's assertions are for one thread
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      CreateCampaign create = CreateOf(SmallSpec(fmt::format("c{}", i)));
      if (Submit(std::move(create)).ok() && host.snapshot()->last_seq > 0) ++accepted;
    });
  }
  int seen = 0;
  int64_t last = 0;
  while (seen < 4) {
    const int before = wakes;
    const auto batch = watch->Take();
    REQUIRE(batch.ok());
    for (const WatchItem& item : batch->items) {
      const Event& event = std::get<Event>(item);
      REQUIRE(event.seq == last + 1);
      last = event.seq;
      if (std::holds_alternative<CampaignEnded>(event.kind)) ++seen;
    }
    if (batch->items.empty()) wakes.wait(before);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(accepted == 4);
  for (const auto& [id, campaign] : host.snapshot()->campaigns) {
    CHECK(campaign->phase == CampaignPhase::kSucceeded);
  }
  host.Stop();
  CHECK(watch->Take().status().code() == StatusCode::kUnavailable);
  CHECK(Submit(PauseCampaign{1, ""}).status().code() == StatusCode::kUnavailable);
  CHECK_FALSE(host.Observe(Connected("w2", 2)));
  CHECK(fatal == 0);
}

TEST_CASE_METHOD(Fixture, "a journal that fails ends everything and is told once") {
  std::promise<Status> told;
  REQUIRE(host.Start([&](Status status) { told.set_value(std::move(status)); }).ok());
  journal.FailNext(Internal("input/output error"), FakeJournal::Written::kNo);
  CHECK(Submit(CreateOf(SmallSpec("a"))).status().code() == StatusCode::kInternal);
  CHECK(told.get_future().get().message() == "writing the journal: input/output error");
  CHECK(host.snapshot()->campaigns.empty());
  host.Stop();
}

TEST_CASE_METHOD(Fixture, "the timer wakes the loop for a back-off without any input") {
  REQUIRE(host.Start([&](Status) { ++fatal; }).ok());
  std::promise<void> again;
  struct Failing : WorkerLink {
    void Assign(const WorkerAddress& to, const TaskSpec& task, int64_t token) override {
      if (++assigned == 2) return again->set_value();
      AttemptFinished finished{
          to.worker, AttemptOf(task.attempt),
          token,     AttemptFailure{.exit_code = 1, .signal = 0, .reason = "x"},
          0,         0};
      host->Observe(std::move(finished));
    }
    void Cancel(const WorkerAddress&, const AttemptId&, int64_t) override {}
    void Acknowledge(const Acknowledgement&) override {}
    int assigned = 0;
    Host* host = nullptr;
    std::promise<void>* again = nullptr;
  } failing;
  Host other({&journal, &executor, &failing, &clock}, {});
  failing.host = &other;
  failing.again = &again;
  host.Stop();
  REQUIRE(other.Start([&](Status) { ++fatal; }).ok());
  CampaignSpec spec = SmallSpec("a");
  spec.stages.prepare.backoff_initial_s = 0.02;
  std::promise<void> created;
  other.Submit(CreateOf(spec), [&](auto) { created.set_value(); });
  created.get_future().get();
  REQUIRE(other.Observe(Connected("w1", 1)));
  again.get_future().get();
  other.Stop();
  CHECK(fatal == 0);
}

}  // namespace
}  // namespace flywheel
