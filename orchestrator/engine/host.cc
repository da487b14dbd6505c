#include "orchestrator/engine/host.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "orchestrator/engine/posted.h"

namespace flywheel {
namespace {

using namespace std::chrono_literals;

constexpr size_t kInboxLimit = 65536;
// Commands leave room for what workers say; telemetry leaves more.
constexpr size_t kReservedFromCommands = kInboxLimit - 4096;
constexpr size_t kReservedFromProgress = kInboxLimit / 2;
// Bounds on how long the strand sleeps: never a busy loop, never blind to a deadline for long.
constexpr TimeMs kShortestSleepMs = 5;
constexpr TimeMs kLongestSleepMs = 60'000;
// When the journal saves the state: at every start, so that a start replays about this much at
// most, and now and then for what has become old.
constexpr int64_t kEventsBetweenStates = 10'000;
constexpr TimeMs kLongestBetweenStatesMs = 3'600'000;

Status Stopping() { return Unavailable("the daemon is stopping"); }

}  // namespace

struct Host::Running {
  Running(LoopPorts ports, LoopConfig config)
      : clock(ports.clock),
        journal(ports.journal),
        loop(ports, std::move(config)),
        inbox(kInboxLimit) {
    Publish(loop.snapshot());
    loop.OnSnapshot([this](const Snapshot& next) { Publish(next); });
  }

  void Publish(const Snapshot& next) {
    std::lock_guard lock(snapshot_mutex);
    snapshot = next;
  }

  // Arranges for a turn; many arrangements become one turn.
  void Wake() {
    if (woken.exchange(true)) return;
    boost::asio::post(strand, [this] { TakeTurn(); });
  }

  void TakeTurn() {
    woken = false;
    if (dead) return;
    const Result<std::optional<TimeMs>> wake = loop.TakeTurn(inbox.TakeAll());
    if (!wake.ok()) {
      dead = true;
      timer.cancel();
      on_fatal(wake.status());
      return;
    }
    CompactIfDue();
    Sleep(*wake);
  }

  // Beside the strand: the snapshot does not change, and the journal takes small steps.
  void CompactIfDue() {
    const Snapshot& state = loop.snapshot();
    const TimeMs now = clock->Now();
    const bool much = state->last_seq >= compaction_seq + kEventsBetweenStates;
    if (!much && now < compaction_ms + kLongestBetweenStatesMs) return;
    if (compacting.valid() && compacting.wait_for(0s) != std::future_status::ready) return;
    compaction_seq = state->last_seq;
    compaction_ms = now;
    compacting = std::async(std::launch::async, [this, state, now] {
      const Status status = journal->Compact(*state, now - state->config.keep_events_ms);
      if (on_compaction) on_compaction(status);
    });
  }

  void Sleep(std::optional<TimeMs> wake) {
    const TimeMs now = clock->Now();
    const TimeMs ms =
        std::clamp(wake.value_or(now + kLongestSleepMs) - now, kShortestSleepMs, kLongestSleepMs);
    timer.expires_after(std::chrono::milliseconds(ms));
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) TakeTurn();
    });
  }

  // On the strand, last.
  void Close() {
    dead = true;
    timer.cancel();
    loop.hub().Close();
    Refuse();
    work.reset();
  }

  void Refuse() {
    for (LoopInput& input : inbox.TakeAll()) {
      if (auto* submitted = std::get_if<SubmittedCommand>(&input)) submitted->reply(Stopping());
    }
  }

  Clock* clock;
  Journal* journal;
  Loop loop;
  Posted<LoopInput> inbox;
  std::function<void(Status)> on_fatal;
  std::function<void(const Status&)> on_compaction;
  int64_t compaction_seq = 0;  // the strand's, like the next two
  TimeMs compaction_ms = 0;
  std::future<void> compacting;

  // One thread runs it, so it is the strand.
  boost::asio::io_context strand{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      strand.get_executor()};
  boost::asio::steady_timer timer{strand};
  std::atomic<bool> woken{false};
  std::atomic<bool> accepting{false};
  bool dead = false;  // the strand's
  std::thread thread;

  // Not std::atomic<std::shared_ptr>: GCC 12's is reported as a race by TSan.
  mutable std::mutex snapshot_mutex;
  Snapshot snapshot;  // guarded
};

Host::Host(LoopPorts ports, LoopConfig config)
    : running_(std::make_unique<Running>(ports, std::move(config))) {}

Host::~Host() { Stop(); }

Status Host::Start(std::function<void(Status)> on_fatal) {
  running_->on_fatal = std::move(on_fatal);
  FW_TRY(running_->loop.Boot());
  running_->accepting = true;
  running_->thread = std::thread([running = running_.get()] { running->strand.run(); });
  running_->Wake();
  return OkStatus();
}

void Host::Stop() {
  running_->accepting = false;
  if (!running_->thread.joinable()) return;
  boost::asio::post(running_->strand, [running = running_.get()] { running->Close(); });
  running_->thread.join();
  if (running_->compacting.valid()) running_->compacting.wait();
  // What slipped in while the strand was closing gets its answer here.
  running_->Refuse();
  running_->strand.restart();
  running_->strand.poll();
}

void Host::OnCompaction(std::function<void(const Status&)> told) {
  running_->on_compaction = std::move(told);
}

void Host::Submit(Command command, CommandReply reply) {
  if (!running_->accepting) return reply(Stopping());
  LoopInput input = SubmittedCommand{std::move(command), std::move(reply)};
  if (running_->inbox.Post(input, kReservedFromCommands)) return running_->Wake();
  std::get<SubmittedCommand>(input).reply(
      ResourceExhausted("the daemon's inbox is full: call again later"));
}

bool Host::Observe(Observation observation) {
  if (!running_->accepting) return false;
  const bool telemetry = std::holds_alternative<AttemptProgressed>(observation);
  LoopInput input = std::move(observation);
  if (!running_->inbox.Post(input, telemetry ? kReservedFromProgress : 0)) return false;
  running_->Wake();
  return true;
}

void Host::Ping(std::function<void()> reply) {
  if (!running_->accepting) return;
  boost::asio::post(running_->strand, std::move(reply));
}

Snapshot Host::snapshot() const {
  std::lock_guard lock(running_->snapshot_mutex);
  return running_->snapshot;
}

void Host::Subscribe(WatchRequest request,
                     std::function<void(Result<std::shared_ptr<Subscription>>)> reply) {
  if (!running_->accepting) return reply(Stopping());
  boost::asio::post(running_->strand, [running = running_.get(), request = std::move(request),
                                       reply = std::move(reply)]() mutable {
    if (running->dead) return reply(Stopping());
    reply(running->loop.hub().Subscribe(std::move(request), *running->loop.snapshot()));
  });
}

SteadyClock::SteadyClock()
    : start_wall_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count()),
      start_steady_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::steady_clock::now().time_since_epoch())
                           .count()) {}

TimeMs SteadyClock::Now() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return start_wall_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(now).count() -
         start_steady_ms_;
}

}  // namespace flywheel
