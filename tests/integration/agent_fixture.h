// A daemon of the test's own and real worker processes: what the agent tests are made of.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/io/artifact_dir.h"
#include "base/io/child_process.h"
#include "base/io/task_dir.h"
#include "flywheel/v1/worker_service.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {

// Looks again and again until it is true; false after 20 s.
bool Eventually(const std::function<bool()>& condition);

// The daemon's end of the worker protocol, listening on a unix socket. Remembers what it hears.
class TestDaemon : public v1::WorkerService::CallbackService {
 public:
  explicit TestDaemon(std::string state_dir);
  ~TestDaemon() override;

  // Listens, and says where in daemon.json. Stop breaks every stream, as a daemon's death does.
  void Start();
  void Stop();

  void Send(const v1::DaemonMessage& message);
  void Assign(const std::string& attempt, const std::string& kind, const v1::TaskSpec& rest);
  void Cancel(const std::string& attempt);
  void Acknowledge(const std::string& attempt, bool accepted = true);
  void Drain();

  // The first message from the start of time that is accepted; fails the test after 20 s.
  v1::WorkerMessage WaitFor(const std::function<bool(const v1::WorkerMessage&)>& accept);
  // The `number`th hello, from 1.
  v1::Hello WaitForHello(int number);
  v1::Finished WaitForFinished(const std::string& attempt);
  int CountFinished(const std::string& attempt);
  bool HasStream();

  // What Welcome says; change it before a worker connects.
  v1::Welcome welcome;
  // Given to every assignment; grows with each.
  int64_t token = 1;
  // When set, Connect ends with it after the hello.
  grpc::Status refuse_with;

  grpc::ServerBidiReactor<v1::WorkerMessage, v1::DaemonMessage>* Connect(
      grpc::CallbackServerContext* context) override;

 private:
  class Stream;

  std::string state_dir_;
  std::string socket_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::WorkerMessage> heard_;  // guarded
  Stream* stream_ = nullptr;              // guarded; the newest
  std::map<std::string, int64_t> tokens_;
};

// A state directory with a daemon, and workers that run fake_task.
class AgentFixture {
 public:
  AgentFixture();
  // Shows the worker's log when the test failed.
  ~AgentFixture();

  // Arguments beyond the state directory and the worker's id.
  void StartWorker(const std::vector<std::string>& more = {});
  // What has `fake` as its behaviour (tests/support/fake_task/README.md) and `limits`.
  v1::TaskSpec Spec(const nlohmann::json& fake, const v1::TaskLimits& limits = {});
  // Assigns a prepare task and waits for its end.
  v1::Finished Run(const nlohmann::json& fake, const v1::TaskLimits& limits = {});
  TaskDir DirOf(const std::string& attempt) const;
  // The process that fake_task left behind.
  ProcessIdentity LeftBehind(const std::string& attempt) const;
  // Whether what it left behind runs, now that the attempt has ended.
  bool LeftIsRunning(const std::string& attempt) const;
  std::string WorkerLog() const;

  TempDir dir;
  std::string state_dir = dir / "state";
  std::string task_program;
  std::string worker_id = "w1";
  TestDaemon daemon{state_dir};
  ArtifactDir artifacts = *ArtifactDir::Open(state_dir + "/artifacts");
  std::optional<ChildProcess> worker;
};

inline constexpr const char* kAttempt = "c1/i0/prepare/t0/a1";

}  // namespace flywheel::testing
