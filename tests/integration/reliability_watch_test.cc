// Reliability 33: somebody who watches and does not read. The daemon's memory, and everybody else.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/io/process_tree.h"
#include "tests/integration/campaign_calls.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

using Stub = v1::CampaignService::Stub;

constexpr int kWatchers = 100;
constexpr int kFloodClients = 8;
constexpr int kStuck = 4;
// Twelve thousand events: three times what may wait for one reader.
constexpr int kTogglesAClient = 1500;
constexpr int kShortFlood = 200;
constexpr int kMeasuredEveryMs = 20;
constexpr double kMoreDelayMs = 100;
// What may wait for the stuck ones takes about half of it; all that was made takes more.
#if defined(__SANITIZE_ADDRESS__)
constexpr int64_t kMoreMemory = int64_t{400} << 20;  // what was freed stays in quarantine
#else
constexpr int64_t kMoreMemory = int64_t{28} << 20;
#endif

double NowMs() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double Ms(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) * 1000 + time.nanos() / 1e6;
}

// Pauses and resumes: one event a call, and the campaign is where it was.
void Toggle(Stub& stub, const std::string& name, int times) {
  for (int i = 0; i < times; ++i) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::Campaign campaign;
    grpc::Status status;
    if (i % 2 == 0) {
      v1::PauseCampaignRequest request;
      request.set_name(name);
      status = stub.PauseCampaign(&context, request, &campaign);
    } else {
      v1::ResumeCampaignRequest request;
      request.set_name(name);
      status = stub.ResumeCampaign(&context, request, &campaign);
    }
    if (!status.ok()) throw std::runtime_error(status.error_message());
  }
}

// Everybody who reads: how long after it was made the last of them has each event.
class Watchers {
 public:
  Watchers(const DaemonProcess& daemon, const std::string& name, int64_t after_seq) {
    stub_ = daemon.Campaigns();
    contexts_.resize(kWatchers);
    for (auto& context : contexts_) {
      context = std::make_unique<grpc::ClientContext>();
      v1::WatchEventsRequest request;
      request.set_name(name);
      request.set_after_seq(after_seq);
      threads_.emplace_back([this, request, &context = *context] { Read(context, request); });
    }
  }
  ~Watchers() {
    for (const auto& context : contexts_) context->TryCancel();
    for (std::thread& thread : threads_) thread.join();
  }
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // The delays of the events that every watcher has, once there are so many.
  std::vector<double> WaitForDelays(size_t count) {
    std::unique_lock lock(mutex_);
    const auto whole = [&] {
      return std::count_if(seen_.begin(), seen_.end(),
                           [](const auto& entry) { return entry.second.watchers == kWatchers; });
    };
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60),
                              [&] { return whole() >= static_cast<int64_t>(count); }));
    std::vector<double> delays;
    for (const auto& [seq, seen] : seen_) delays.push_back(seen.last_delay_ms);
    return delays;
  }

 private:
  struct Seen {
    int watchers = 0;
    double last_delay_ms = 0;
  };

  void Read(grpc::ClientContext& context, const v1::WatchEventsRequest& request) {
    const auto stream = stub_->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    while (stream->Read(&response)) {
      const double delay_ms = NowMs() - Ms(response.event().time());
      const std::lock_guard lock(mutex_);
      Seen& seen = seen_[response.event().seq()];
      ++seen.watchers;
      seen.last_delay_ms = std::max(seen.last_delay_ms, delay_ms);
      changed_.notify_all();
    }
    (void)stream->Finish();
  }

  std::unique_ptr<Stub> stub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, Seen> seen_;  // guarded
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
  std::vector<std::thread> threads_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A daemon with campaigns that nothing runs for: events come from commands alone.
struct Setting {
  Setting() {
    for (int i = 0; i < kFloodClients; ++i) {
      noisy.push_back(Create(daemon, SmallCampaign("noisy-" + std::to_string(i))));
    }
    measured = Create(daemon, SmallCampaign("measured"));
  }

  int64_t LastSeq() const {
    int64_t last = Get(daemon, measured).last_seq();
    for (const std::string& name : noisy) last = std::max(last, Get(daemon, name).last_seq());
    return last;
  }

  // How late everybody has the events of one campaign while others make thousands.
  double FloodAndMeasure(int toggles) const {
    Watchers watchers(daemon, measured, LastSeq());
    std::atomic<int> flooding = kFloodClients;
    std::vector<std::thread> flood;
    for (const std::string& name : noisy) {
      flood.emplace_back([&, toggles] {
        Toggle(*daemon.Campaigns(), name, toggles);
        --flooding;
      });
    }
    const auto stub = daemon.Campaigns();
    size_t made = 0;
    for (auto next = std::chrono::steady_clock::now(); flooding > 0; made += 2) {
      std::this_thread::sleep_until(next += std::chrono::milliseconds(kMeasuredEveryMs));
      Toggle(*stub, measured, 2);
    }
    for (std::thread& thread : flood) thread.join();
    return Median(watchers.WaitForDelays(made));
  }

  TempDir folder;
  DaemonProcess daemon{{.state_dir = folder / "state"}};
  std::vector<std::string> noisy;
  std::string measured;
};

// Watches everything from the beginning and does not read until it is told to.
struct StuckWatcher {
  explicit StuckWatcher(const DaemonProcess& daemon) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // No more on the way than the smallest window allows.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    stub = v1::CampaignService::NewStub(
        grpc::CreateCustomChannel(daemon.address(), grpc::InsecureChannelCredentials(), arguments));
    SetDeadline(context);
    stream = stub->WatchEvents(&context, {});
    REQUIRE(Next() == 1);  // it watches; and reads no further
  }

  // The next event's seq; 0 when the stream has ended.
  int64_t Next() {
    v1::WatchEventsResponse response;
    return stream->Read(&response) ? response.event().seq() : 0;
  }

  // What it was given has no holes, and its end says where to go on: after the seq that is
  // returned.
  int64_t ReadUntilCutOff() {
    int64_t last = 1;
    for (int64_t seq = Next(); seq != 0; seq = Next()) {
      REQUIRE(seq == last + 1);
      last = seq;
    }
    const grpc::Status end = stream->Finish();
    INFO(end.error_message());
    CHECK(end.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    CHECK_THAT(end.error_message(),
               Catch::EndsWith("go on after the last seq, " + std::to_string(last)));
    return last;
  }

  grpc::ClientContext context;
  std::unique_ptr<Stub> stub;
  std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> stream;
};

}  // namespace

TEST_CASE(
    "reliability 33: a watcher that stops reading costs bounded memory, delays nobody, and "
    "goes on where it was cut off") {
  Setting s;
  const double undisturbed_ms = s.FloodAndMeasure(kShortFlood);
  const auto before = ReadProcessStat(s.daemon.pid());
  REQUIRE(before.ok());
  std::vector<std::unique_ptr<StuckWatcher>> stuck;
  for (int i = 0; i < kStuck; ++i) stuck.push_back(std::make_unique<StuckWatcher>(s.daemon));
  const double disturbed_ms = s.FloodAndMeasure(kTogglesAClient);
  const auto after = ReadProcessStat(s.daemon.pid());
  REQUIRE(after.ok());
  INFO("median delay of the last of " << kWatchers << " watchers " << undisturbed_ms << " ms, with "
                                      << "stuck ones " << disturbed_ms << " ms");
  CHECK(disturbed_ms < undisturbed_ms + kMoreDelayMs);
  CHECK(after->resident_bytes < before->resident_bytes + kMoreMemory);

  int64_t last = 0;
  for (const auto& watcher : stuck) last = watcher->ReadUntilCutOff();
  const int64_t newest = s.LastSeq();
  REQUIRE(last < newest);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::WatchEventsRequest request;
  request.set_after_seq(last);
  const auto stub = s.daemon.Campaigns();
  const auto resumed = stub->WatchEvents(&context, request);
  v1::WatchEventsResponse response;
  while (last < newest && resumed->Read(&response)) {
    REQUIRE(response.event().seq() == last + 1);
    last = response.event().seq();
  }
  CHECK(last == newest);
  context.TryCancel();
}

}  // namespace flywheel::testing
