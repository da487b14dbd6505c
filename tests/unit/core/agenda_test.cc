#include "orchestrator/core/agenda.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <limits>

#include "base/rng.h"
#include "orchestrator/core/admission.h"
#include "orchestrator/core/outstanding.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {
namespace {

// Campaigns of two tasks on one worker a host, and an agenda that is told of every change.
struct Fixture {
  CampaignState& Add(int64_t id) {
    CampaignState& campaign = state.campaigns.Edit(id);
    campaign.id = id;
    campaign.spec = SmallSpec(fmt::format("c{}", id));
    StageRun run;
    for (const int32_t number : {0, 1}) {
      Task task;
      task.id = {id, 0, Stage::kPrepare, number};
      run.tasks.push_back(task);
    }
    Iteration iteration;
    iteration.stages.push_back(run);
    campaign.iterations.push_back(iteration);
    agenda.Touch(id);
    return campaign;
  }
  void AddWorkers(int count) {
    for (int i = 0; i < count; ++i) {
      WorkerState& worker = state.workers[fmt::format("w{}", i)];
      worker.hello.worker = fmt::format("w{}", i);
      worker.hello.host = worker.hello.worker;
      worker.hello.cpus = 1;
      worker.connected = true;
      worker.heard_ms = now;
    }
  }
  Task& EditTask(int64_t campaign, int32_t number) {
    agenda.Touch(campaign);
    StageRun& run = state.campaigns.Edit(campaign).iterations[0].Edit().stages[0];
    return run.tasks[static_cast<size_t>(number)].Edit();
  }
  void Begin(Task& task, const std::string& worker) {
    task.state = TaskState::kRunning;
    const auto number = static_cast<int32_t>(task.attempts.size()) + 1;
    task.attempts.push_back({.number = number, .worker = worker, .start_ms = now});
  }
  // Which campaigns start, in their order.
  std::vector<int64_t> Starts() {
    agenda.Refresh(state);
    std::vector<int64_t> campaigns;
    for (const Placement& placement : Admit(state, agenda, now)) {
      campaigns.push_back(placement.task.campaign);
    }
    return campaigns;
  }

  LoopState state;
  Agenda agenda;
  TimeMs now = 1'000'000;
};

TEST_CASE_METHOD(Fixture, "campaigns that rest, run or waited for a time are served in one order") {
  AddWorkers(7);
  Add(1).task_seconds = 30;
  Add(2).task_seconds = 20;
  EditTask(2, 0).not_before_ms = now;      // its time has come
  EditTask(2, 1).not_before_ms = now + 1;  // not yet
  Add(3).task_seconds = 10;
  Begin(EditTask(3, 0), "w0");
  state.workers["w0"].ended = "gone";  // its room is nobody's
  Add(4).spec.Edit().priority = 1;
  // 4 by its priority; then those without a cpu in use, by what they were served; then the others.
  CHECK(Starts() == std::vector<int64_t>{4, 4, 2, 1, 3, 1});
}

TEST_CASE_METHOD(Fixture, "a worker's measurement that is no number keeps nobody waiting") {
  AddWorkers(4);
  Add(1).task_seconds = std::numeric_limits<double>::quiet_NaN();
  Add(2).task_seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK(Starts() == std::vector<int64_t>{1, 2, 1, 2});
  EditTask(1, 0).state = TaskState::kSucceeded;
  EditTask(1, 1).state = TaskState::kSucceeded;
  CHECK(Starts() == std::vector<int64_t>{2, 2});
}

// One change that an event could make of a task or its campaign.
void Change(Fixture& f, Rng& rng) {
  const auto id = static_cast<int64_t>(rng.Below(20)) + 1;
  if (f.state.Find(id) == nullptr) {
    f.Add(id).task_seconds = static_cast<double>(rng.Below(50));
    return;
  }
  Task& task = f.EditTask(id, static_cast<int32_t>(rng.Below(2)));
  CampaignState& campaign = f.state.campaigns.Edit(id);
  switch (rng.Below(8)) {
    case 0:
      campaign.phase = CampaignPhase::kPaused;
      return;
    case 1:
      campaign.phase = CampaignPhase::kRunning;
      return;
    case 2:
      f.state.campaigns.Erase(id);
      return;
    case 3:
      task.not_before_ms = f.now + static_cast<TimeMs>(rng.Below(5000));
      return;
    case 4:
      campaign.spec.Edit().priority = static_cast<int32_t>(rng.Below(3));
      return;
    case 5:
      if (task.running() == nullptr) f.Begin(task, "elsewhere");
      return;
    default:
      campaign.task_seconds += static_cast<double>(rng.Below(50));
      task.state = rng.Below(2) == 0 ? TaskState::kSucceeded : TaskState::kWaiting;
      if (task.running() != nullptr) task.attempts.back().state = AttemptState::kSucceeded;
      return;
  }
}

TEST_CASE_METHOD(Fixture, "an agenda that was told of every change is one that is made afresh") {
  AddWorkers(12);
  // "elsewhere" is known, or its attempts would take everybody's room.
  state.workers["elsewhere"].connected = true;
  state.workers["elsewhere"].heard_ms = now;
  state.workers["elsewhere"].ended = "gone";
  size_t started = 0;
  Rng rng(7);
  for (int step = 0; step < 3000; ++step) {
    INFO("step " << step);
    Change(*this, rng);
    now += static_cast<TimeMs>(rng.Below(10));
    const std::vector<int64_t> starts = Starts();
    const Agenda fresh(state);
    REQUIRE(agenda.resting() == fresh.resting());
    std::vector<int64_t> expected;
    for (const Placement& placement : Admit(state, fresh, now)) {
      expected.push_back(placement.task.campaign);
    }
    REQUIRE(starts == expected);
    REQUIRE(Outstanding(state, agenda, now).wake_ms == Outstanding(state, fresh, now).wake_ms);
    started += starts.size();
  }
  CHECK(started > 3000);
}

}  // namespace
}  // namespace flywheel
