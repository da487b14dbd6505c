// How fast the daemon decides: the real loop on the real journal, with workers that finish at once.
// Prints one JSON line a figure:
// * fsync_per_s: a 4 KiB append and its fsync, in the same folder, at the same time (and
//   fdatasync_per_s, the same with fdatasync, which SQLite calls);
// * decisions_per_s: attempts started (decided, appended, fsynced, applied), with one result a turn
//   (no group commit) and with many, while 1,000 tasks wait;
// * replay_events_per_s, over the journal that this has written, and how long opening it takes.
//   flywheel_bench_dispatch [FOLDER] [CAMPAIGNS]
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.h"
#include "base/io/file_descriptor.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/store/sqlite_journal.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_world.h"

namespace flywheel {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

double RawSyncsPerSecond(const std::string& folder, int (*sync)(int)) {
  constexpr int kWrites = 1000;
  const std::string path = folder + "/fsync";
  const FileDescriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600));
  FW_CHECK(file.get() >= 0, path.c_str());
  const std::string block(4096, 'x');
  const auto start = Clock::now();
  for (int i = 0; i < kWrites; ++i) {
    const ssize_t written = ::pwrite(file.get(), block.data(), block.size(), int64_t{i} * 4096);
    FW_CHECK(written == 4096 && sync(file.get()) == 0, "writing");
  }
  return kWrites / SecondsSince(start);
}

// The journal alone: batches of three events, as one result makes them.
double AppendsPerSecond(const std::string& path) {
  constexpr int kAppends = 3000;
  auto journal = SqliteJournal::Open(path);
  Must(journal.status());
  TaskSpec task;
  task.kind = "score";
  const AttemptId attempt{{1, 1, Stage::kEvaluate, 0}, 1};
  const auto start = Clock::now();
  for (int64_t seq = 1; seq < 3 * kAppends; seq += 3) {
    const std::vector<Event> batch = {
        {seq, seq, 1, "succeeded", AttemptSucceeded{attempt, FakeResult(task, {}), 1}},
        {seq + 1, seq, 1, "is complete", StageEnded{1, Stage::kEvaluate}},
        {seq + 2, seq, 1, "starts", AttemptStarted{attempt, "w1", seq}}};
    Must((*journal)->Append(batch));
  }
  return kAppends / SecondsSince(start);
}

struct Dispatched {
  int64_t decisions = 0;
  int64_t turns = 0;
  double seconds = 0;
};

// The loop with `campaigns` whose tasks wait for a few workers.
class Dispatch {
 public:
  Dispatch(const std::string& path, int workers, int campaigns) : workers_(workers) {
    auto journal = SqliteJournal::Open(path);
    Must(journal.status());
    journal_ = *std::move(journal);
    loop_.emplace(LoopPorts{journal_.get(), &executor_, &link_, &clock_}, LoopConfig{});
    Must(loop_->Boot());
    std::vector<LoopInput> creates;
    for (int i = 0; i < campaigns; ++i) {
      creates.emplace_back(SubmittedCommand{
          CreateOf(SmallSpec(fmt::format("campaign-{}", i))),
          [](const Result<Shared<CampaignState>>& reply) { Must(reply.status()); }});
    }
    Must(loop_->TakeTurn(std::move(creates)).status());
  }

  // Every worker finishes what it has, and gets the next, for a while. Goes on where it was.
  Dispatched Run(double seconds) {
    std::vector<Observation> news = std::exchange(news_, {});
    while (connections_ < workers_) {
      news.emplace_back(Connected(fmt::format("w{}", connections_), connections_ + 1, workers_));
      ++connections_;
    }
    Dispatched done;
    const auto start = Clock::now();
    while (SecondsSince(start) < seconds && !news.empty()) {
      const auto turn = Clock::now();
      Must(ObserveNow(*loop_, std::move(news)));
      done.seconds += SecondsSince(turn);  // what follows is the workers' time
      news.clear();
      for (const FakeLink::Assigned& assigned : link_.assigned) {
        news.emplace_back(AttemptFinished{.worker = assigned.to.worker,
                                          .attempt = AttemptOf(assigned.task.attempt),
                                          .fencing_token = assigned.fencing_token,
                                          .outcome = FakeResult(assigned.task, {}),
                                          .seconds = 1});
      }
      done.decisions += static_cast<int64_t>(link_.assigned.size());
      ++done.turns;
      link_.assigned.clear();
      link_.acknowledged.clear();
    }
    news_ = std::move(news);
    return done;
  }

  int64_t events() const { return journal_->last_seq(); }

 private:
  int workers_;
  int connections_ = 0;
  std::vector<Observation> news_;  // what the workers say next
  std::unique_ptr<SqliteJournal> journal_;
  FakeExecutor executor_;
  FakeLink link_;
  SteadyClock clock_;
  std::optional<Loop> loop_;
};

void PrintDecisions(std::string_view mode, const Dispatched& done, int campaigns, double fsyncs) {
  fmt::print(R"({{"bench":"dispatch","mode":"{}","waiting_tasks":{},"decisions_per_s":{:.0f},)"
             R"("decisions_per_append":{:.1f},"fsync_per_s":{:.0f},"ratio":{:.2f}}})"
             "\n",
             mode, campaigns, static_cast<double>(done.decisions) / done.seconds,
             static_cast<double>(done.decisions) / static_cast<double>(done.turns), fsyncs,
             static_cast<double>(done.decisions) / done.seconds / fsyncs);
}

void MeasureReplay(const std::string& path) {
  auto start = Clock::now();
  auto journal = SqliteJournal::Open(path);
  Must(journal.status());
  const double open_seconds = SecondsSince(start);
  FakeExecutor executor;
  FakeLink link;
  SteadyClock clock;
  Loop loop({journal->get(), &executor, &link, &clock}, {});
  start = Clock::now();
  Must(loop.Boot());
  const double seconds = SecondsSince(start);
  const auto events = static_cast<double>((*journal)->last_seq());
  fmt::print(R"({{"bench":"replay","events":{:.0f},"open_s":{:.3f},"replay_s":{:.3f},)"
             R"("events_per_s":{:.0f},"campaigns":{}}})"
             "\n",
             events, open_seconds, seconds, events / seconds, loop.snapshot()->campaigns.size());
}

void Run(const std::string& folder, int campaigns) {
  constexpr int kManyWorkers = 256;
  constexpr double kSeconds = 4;
  double fsyncs = RawSyncsPerSecond(folder, ::fsync);
  fmt::print(
      R"({{"bench":"append","appends_per_s":{:.0f},"fsync_per_s":{:.0f},"fdatasync_per_s":{:.0f}}})"
      "\n",
      AppendsPerSecond(folder + "/append.db"), fsyncs, RawSyncsPerSecond(folder, ::fdatasync));
  {
    Dispatch single(folder + "/single.db", 1, campaigns);
    // In turns with the disk alone, whose speed changes from second to second.
    constexpr int kSlices = 8;
    Dispatched all;
    fsyncs = 0;
    for (int i = 0; i < kSlices; ++i) {
      fsyncs += RawSyncsPerSecond(folder, ::fsync) / kSlices;
      const Dispatched slice = single.Run(kSeconds / kSlices);
      all.decisions += slice.decisions;
      all.turns += slice.turns;
      all.seconds += slice.seconds;
    }
    PrintDecisions("one result a turn", all, campaigns, fsyncs);
  }
  Dispatched done;
  {
    Dispatch group(folder + "/group.db", kManyWorkers, campaigns);
    done = group.Run(kSeconds);
    PrintDecisions("group commit", done, campaigns, fsyncs);
    while (group.events() < 100'000 && group.Run(1).decisions > kManyWorkers) {
    }
  }
  MeasureReplay(folder + "/group.db");
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  const std::string parent = argc > 1 ? argv[1] : ".";
  std::string folder = parent + "/flywheel-bench-XXXXXX";
  FW_CHECK(::mkdtemp(folder.data()) != nullptr, folder.c_str());
  flywheel::Run(folder, argc > 2 ? std::atoi(argv[2]) : 1000);
  std::filesystem::remove_all(folder);
  return 0;
}
