#include "orchestrator/core/admission.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "orchestrator/core/outstanding.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

struct Fixture {
  // A running campaign whose only stage has tasks that want these cpus.
  CampaignState& Add(int64_t id, const std::vector<int32_t>& cpus) {
    CampaignState& campaign = state.campaigns.Edit(id);
    campaign.id = id;
    campaign.spec = SmallSpec(fmt::format("c{}", id));
    StageRun run;
    run.stage = Stage::kPrepare;
    for (const int32_t need : cpus) {
      Task task;
      task.id = {id, 0, Stage::kPrepare, static_cast<int32_t>(run.tasks.size())};
      task.spec.Edit().kind = "prepare";
      task.spec.Edit().resources = {.cpus = need, .memory_mb = 100};
      run.tasks.push_back(task);
    }
    Iteration iteration;
    iteration.stages.push_back(run);
    campaign.iterations.push_back(iteration);
    return campaign;
  }
  void Worker(const std::string& name, int32_t cpus, const std::string& host = "host") {
    WorkerState& worker = state.workers[name];
    worker.hello.worker = name;
    worker.hello.host = host;
    worker.hello.cpus = cpus;
    worker.hello.memory_mb = 1000;
    worker.connected = true;
    worker.heard_ms = now;
  }
  Task& EditTask(int64_t campaign, int32_t task) {
    StageRun& run = state.campaigns.Edit(campaign).iterations[0].Edit().stages[0];
    return run.tasks[static_cast<size_t>(task)].Edit();
  }
  // Starts the task as admission does.
  void Start(const Placement& placement) {
    Task& task = EditTask(placement.task.campaign, placement.task.task);
    task.state = TaskState::kRunning;
    task.attempts.push_back(
        {.number = 1, .worker = placement.worker, .fencing_token = 1, .start_ms = now});
    state.workers[placement.worker].holding[{placement.task, 1}] = {
        .fencing_token = 1, .reported_ms = now, .reported = true, .progress = {}};
  }
  // Everything that can start now, as "c1/t0 on w1".
  std::vector<std::string> StartAll() {
    std::vector<std::string> started;
    while (true) {
      const std::vector<Placement> next = Admit(state, Agenda(state), now);
      if (next.empty()) return started;
      for (const Placement& placement : next) {
        started.push_back(fmt::format("c{}/t{} on {}", placement.task.campaign, placement.task.task,
                                      placement.worker));
        Start(placement);
      }
    }
  }
  using Names = std::vector<std::string>;
  LoopState state;
  TimeMs now = 1'000'000;
};

TEST_CASE_METHOD(Fixture, "a host's cpus and memory are never given out twice") {
  Worker("w1", 2);
  Worker("w2", 2);
  Worker("w3", 2);
  Add(1, {1, 1, 1});
  CHECK(StartAll() == Names{"c1/t0 on w1", "c1/t1 on w2"});
  state.workers["w1"].hello.memory_mb = 0;
}

TEST_CASE_METHOD(Fixture, "memory bounds as cpus do") {
  Worker("w1", 8);
  Worker("w2", 8);
  for (auto& [name, worker] : state.workers) worker.hello.memory_mb = 150;
  Add(1, {1, 1});
  CHECK(StartAll() == Names{"c1/t0 on w1"});
}

TEST_CASE_METHOD(Fixture, "campaigns take turns by the cpus they use") {
  for (const char* name : {"w1", "w2", "w3", "w4"}) Worker(name, 4);
  Add(1, {1, 1, 1, 1});
  Add(2, {1, 1, 1, 1});
  CHECK(StartAll() == Names{"c1/t0 on w1", "c2/t0 on w2", "c1/t1 on w3", "c2/t1 on w4"});
}

TEST_CASE_METHOD(Fixture, "a higher priority comes first, then the least served") {
  Worker("w1", 1);
  Worker("w2", 1, "other");
  Worker("w3", 1, "third");
  Add(1, {1}).task_seconds = 10;
  Add(2, {1}).task_seconds = 5;
  Add(3, {1}).spec.Edit().priority = 1;
  CHECK(StartAll() == Names{"c3/t0 on w1", "c2/t0 on w2", "c1/t0 on w3"});
}

TEST_CASE_METHOD(Fixture, "a wide task is not starved by narrow ones") {
  Worker("w1", 2);
  Worker("w2", 2);
  Add(1, {1, 1, 1, 1}).task_seconds = 10;
  CHECK(StartAll() == Names{"c1/t0 on w1", "c1/t1 on w2"});
  Add(2, {2});
  // One cpu is free now, but the campaign that has nothing waits for two.
  state.workers["w1"].holding.clear();
  EditTask(1, 0).attempts[0].state = AttemptState::kSucceeded;
  EditTask(1, 0).state = TaskState::kSucceeded;
  CHECK(StartAll().empty());
  state.workers["w2"].holding.clear();
  EditTask(1, 1).attempts[0].state = AttemptState::kSucceeded;
  CHECK(StartAll() == Names{"c2/t0 on w1"});
}

TEST_CASE_METHOD(Fixture, "a task that fits no host keeps nobody else waiting") {
  Worker("w1", 2);
  Add(1, {3});
  Add(2, {1});
  CHECK(StartAll() == Names{"c2/t0 on w1"});
}

TEST_CASE_METHOD(Fixture, "a task goes to a worker of its kind only") {
  Worker("w1", 2);
  Worker("w2", 2);
  state.workers["w1"].hello.kinds = {"train"};
  state.workers["w2"].hello.kinds = {"prepare"};
  Add(1, {1});
  CHECK(StartAll() == Names{"c1/t0 on w2"});
}

TEST_CASE_METHOD(Fixture, "a lost attempt that still runs keeps its worker and its cpus") {
  Worker("w1", 1);
  Worker("w2", 1);
  Add(1, {1});
  state.workers["w1"].holding[AttemptId{{9, 0, Stage::kPrepare, 0}, 1}] = {};
  CHECK(StartAll().empty());
  const Wants wants = Outstanding(state, Agenda(state), now);
  REQUIRE(wants.stop.size() == 1);
  CHECK(wants.stop[0].worker == "w1");
}

TEST_CASE_METHOD(Fixture, "attempts of workers that have not come back yet count on every host") {
  Worker("w1", 2);
  Worker("w2", 2);
  Add(1, {2});
  Add(2, {2});
  EditTask(2, 0).state = TaskState::kRunning;
  EditTask(2, 0).attempts.push_back({.number = 1, .worker = "gone"});
  CHECK(StartAll().empty());
}

TEST_CASE_METHOD(Fixture, "paused, doomed and delayed tasks do not start") {
  Worker("w1", 8);
  Worker("w2", 8);
  Worker("w3", 8);
  Add(1, {1}).phase = CampaignPhase::kPaused;
  Add(2, {1, 1}).doom = "c2/i0/prepare/t0/a1 failed for good: it was bad";
  Add(3, {1});
  EditTask(3, 0).not_before_ms = now + 1;
  CHECK(StartAll().empty());
  CHECK(Outstanding(state, Agenda(state), now).wake_ms == now + 1);
  ++now;
  CHECK(StartAll() == Names{"c3/t0 on w1"});
}

TEST_CASE_METHOD(Fixture, "as many workers are wanted as tasks could run at once") {
  state.config.capacity = {.host = "host", .max_workers = 3, .cpus = 4, .memory_mb = 0};
  CHECK(Outstanding(state, Agenda(state), now).workers == 0);
  Add(1, {1, 1});
  CHECK(Outstanding(state, Agenda(state), now).workers == 2);
  Add(2, {1, 1});
  CHECK(Outstanding(state, Agenda(state), now).workers == 3);
  Worker("w1", 4);
  StartAll();
  CHECK(Outstanding(state, Agenda(state), now).workers == 3);
  // What runs on other machines is not this executor's.
  Worker("far", 64, "far");
  StartAll();
  CHECK(Outstanding(state, Agenda(state), now).workers == 3);
}

}  // namespace
}  // namespace flywheel
