#include "tests/integration/agent_fixture.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>

#include "base/io/files.h"

namespace flywheel::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr const char* kInstallation = "ab12cd34";

std::string BinDir() {
  const char* folder = std::getenv("FLYWHEEL_BIN_DIR");
  REQUIRE(folder != nullptr);  // run the tests with ctest, or set it to build/<preset>/bin
  return folder;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

class TestDaemon::Stream : public grpc::ServerBidiReactor<v1::WorkerMessage, v1::DaemonMessage> {
 public:
  explicit Stream(TestDaemon& daemon) : daemon_(daemon) { StartRead(&incoming_); }

  void Send(const v1::DaemonMessage& message) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    queue_.push_back(message);
    if (queue_.size() == 1) StartWrite(&queue_.front());
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(grpc::Status::OK);
    const bool hello = incoming_.has_hello();
    {
      const std::lock_guard lock(daemon_.mutex_);
      daemon_.heard_.push_back(incoming_);
      if (hello && daemon_.refuse_with.ok()) {
        // First of all, as the protocol has it; then the test may send.
        v1::DaemonMessage welcome;
        *welcome.mutable_welcome() = daemon_.welcome;
        Send(welcome);
        daemon_.stream_ = this;
      }
    }
    daemon_.changed_.notify_all();
    if (hello && !daemon_.refuse_with.ok()) return End(daemon_.refuse_with);
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    queue_.pop_front();
    if (ok && !finished_ && !queue_.empty()) StartWrite(&queue_.front());
  }

  void OnDone() override {
    {
      const std::lock_guard lock(daemon_.mutex_);
      if (daemon_.stream_ == this) daemon_.stream_ = nullptr;
    }
    daemon_.changed_.notify_all();
    delete this;
  }

 private:
  void End(const grpc::Status& status) {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    Finish(status);
  }

  TestDaemon& daemon_;
  v1::WorkerMessage incoming_;
  std::mutex mutex_;
  std::deque<v1::DaemonMessage> queue_;  // guarded
  bool finished_ = false;                // guarded
};

TestDaemon::TestDaemon(std::string state_dir)
    : state_dir_(std::move(state_dir)), socket_(state_dir_ + "/s") {
  REQUIRE(MakeDirectories(state_dir_).ok());
  welcome.set_installation_id(kInstallation);
  welcome.set_lease_s(60);
  welcome.set_heartbeat_s(0.1);
  welcome.set_orphan_timeout_s(3600);
  welcome.set_idle_timeout_s(3600);
}

TestDaemon::~TestDaemon() { Stop(); }

void TestDaemon::Start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  REQUIRE(server_);
  const nlohmann::json file = {{"address", "unix:" + socket_}, {"pid", 1}};
  REQUIRE(WriteFileAtomic(state_dir_ + "/daemon.json", file.dump()).ok());
}

void TestDaemon::Stop() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

grpc::ServerBidiReactor<v1::WorkerMessage, v1::DaemonMessage>* TestDaemon::Connect(
    grpc::CallbackServerContext*) {
  return new Stream(*this);
}

void TestDaemon::Send(const v1::DaemonMessage& message) {
  REQUIRE(Eventually([&] { return HasStream(); }));
  const std::lock_guard lock(mutex_);
  if (stream_ != nullptr) stream_->Send(message);
}

bool TestDaemon::HasStream() {
  const std::lock_guard lock(mutex_);
  return stream_ != nullptr;
}

void TestDaemon::Assign(const std::string& attempt, const std::string& kind,
                        const v1::TaskSpec& rest) {
  v1::DaemonMessage message;
  v1::TaskSpec& task = *message.mutable_assign()->mutable_task();
  task = rest;
  task.set_attempt(attempt);
  task.set_kind(kind);
  tokens_[attempt] = token;
  message.mutable_assign()->set_fencing_token(token++);
  Send(message);
}

void TestDaemon::Cancel(const std::string& attempt) {
  v1::DaemonMessage message;
  message.mutable_cancel()->set_attempt(attempt);
  message.mutable_cancel()->set_fencing_token(tokens_[attempt]);
  Send(message);
}

void TestDaemon::Acknowledge(const std::string& attempt, bool accepted) {
  v1::DaemonMessage message;
  message.mutable_acknowledge()->set_attempt(attempt);
  message.mutable_acknowledge()->set_fencing_token(tokens_[attempt]);
  message.mutable_acknowledge()->set_accepted(accepted);
  Send(message);
}

void TestDaemon::Drain() {
  v1::DaemonMessage message;
  message.mutable_drain();
  Send(message);
}

v1::WorkerMessage TestDaemon::WaitFor(const std::function<bool(const v1::WorkerMessage&)>& accept) {
  std::unique_lock lock(mutex_);
  v1::WorkerMessage found;
  const bool came = changed_.wait_for(lock, kPatience, [&] {
    for (const v1::WorkerMessage& message : heard_) {
      if (!accept(message)) continue;
      found = message;
      return true;
    }
    return false;
  });
  REQUIRE(came);
  return found;
}

v1::Hello TestDaemon::WaitForHello(int number) {
  int seen = 0;
  return WaitFor([&](const v1::WorkerMessage& message) {
           if (&message == &heard_.front()) seen = 0;
           return message.has_hello() && ++seen == number;
         })
      .hello();
}

v1::Finished TestDaemon::WaitForFinished(const std::string& attempt) {
  return WaitFor([&](const v1::WorkerMessage& message) {
           return message.has_finished() && message.finished().attempt() == attempt;
         })
      .finished();
}

int TestDaemon::CountFinished(const std::string& attempt) {
  const std::lock_guard lock(mutex_);
  int count = 0;
  for (const v1::WorkerMessage& message : heard_) {
    count += message.has_finished() && message.finished().attempt() == attempt ? 1 : 0;
  }
  return count;
}

AgentFixture::AgentFixture() : task_program(BinDir() + "/../tests/fake_task") { daemon.Start(); }

AgentFixture::~AgentFixture() {
  if (std::uncaught_exceptions() > 0) std::fprintf(stderr, "%s", WorkerLog().c_str());
}

void AgentFixture::StartWorker(const std::vector<std::string>& more) {
  ChildCommand command;
  command.program = BinDir() + "/flywheel-worker";
  command.arguments = {"--state-dir",    state_dir,    "--worker-id", worker_id,
                       "--task-program", task_program, "--log-level", "debug"};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  command.environment = {"PATH=/usr/bin:/bin", "NOT_FOR_TASKS=canary"};
  command.stdout_file = dir / "worker.log";
  command.stderr_file = dir / "worker.log";
  auto started = ChildProcess::Start(command);
  REQUIRE(started.ok());
  worker = *std::move(started);
}

v1::TaskSpec AgentFixture::Spec(const nlohmann::json& fake, const v1::TaskLimits& limits) {
  v1::TaskSpec spec;
  const nlohmann::json parameters = {{"fake", fake}};
  REQUIRE(google::protobuf::util::JsonStringToMessage(parameters.dump(), spec.mutable_parameters())
              .ok());
  *spec.mutable_limits() = limits;
  spec.set_seed(7);
  return spec;
}

v1::Finished AgentFixture::Run(const nlohmann::json& fake, const v1::TaskLimits& limits) {
  daemon.Assign(kAttempt, "prepare", Spec(fake, limits));
  return daemon.WaitForFinished(kAttempt);
}

TaskDir AgentFixture::DirOf(const std::string& attempt) const {
  return *TaskDir::ForAttempt(state_dir + "/work", kInstallation, attempt);
}

ProcessIdentity AgentFixture::LeftBehind(const std::string& attempt) const {
  const std::string file = DirOf(attempt).root() + "/left.pid";
  REQUIRE(Eventually([&] { return ReadFile(file).ok(); }));
  const auto identity = IdentifyProcess(std::stoll(*ReadFile(file)));
  REQUIRE(identity.ok());
  return *identity;
}

bool AgentFixture::LeftIsRunning(const std::string& attempt) const {
  const auto pid = ReadFile(DirOf(attempt).root() + "/left.pid");
  REQUIRE(pid.ok());
  const auto identity = IdentifyProcess(std::stoll(*pid));
  return identity.ok() && IsRunning(*identity);
}

std::string AgentFixture::WorkerLog() const {
  const auto text = ReadFile(dir / "worker.log");
  return text.ok() ? *text : "";
}

}  // namespace flywheel::testing
