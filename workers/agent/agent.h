// The worker's mind: one thread that hears of everything through the mailbox and decides. Takes one
// attempt at a time, keeps every result until the daemon has acknowledged it, and leaves when told,
// when idle for long or when cut off for too long.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/io/artifact_dir.h"
#include "base/records/task.h"
#include "base/result.h"
#include "flywheel/v1/worker_service.pb.h"
#include "workers/agent/connection.h"
#include "workers/agent/held_attempts.h"
#include "workers/agent/input_layout.h"
#include "workers/agent/mailbox.h"
#include "workers/agent/options.h"
#include "workers/agent/stop_wish.h"

namespace flywheel {

class Agent {
 public:
  Agent(AgentOptions options, ArtifactDir artifacts, HeldAttempts held, Mailbox& mailbox);
  ~Agent();

  // Until the worker leaves. The failure is one that another try would not mend: the daemon refused
  // this worker, or its own folder cannot be read.
  Status Run();

 private:
  using Clock = std::chrono::steady_clock;

  // The attempt that runs now.
  struct Running {
    std::string attempt;
    int64_t fencing_token = 0;
    StopWish stop;
    std::thread thread;
  };
  // One that ended and is not acknowledged.
  struct Ended {
    v1::Finished finished;
    std::string directory;
  };

  Status Recover();
  void UpdateHello();
  Result<std::string> Address() const;

  void Handle(const v1::DaemonMessage& message);
  void HandleWelcome(const v1::Welcome& welcome);
  void HandleAssign(const v1::Assign& assign);
  void HandleCancel(const v1::Cancel& cancel);
  void HandleAcknowledge(const v1::Acknowledge& acknowledge);
  void HandleEnded(v1::Finished finished);
  void HandleDisconnected(const Status& status);
  void HandleStop();

  void Refuse(const v1::Assign& assign, const std::string& reason);
  void StartAttempt(const v1::Assign& assign, TaskSpec spec);
  void SendFinished(const v1::Finished& finished);
  void WatchClocks();
  bool IsIdle() const { return !running_ && ended_.empty(); }

  const AgentOptions options_;
  InputLayout inputs_;  // the attempt thread's while one runs
  const HeldAttempts held_;
  Mailbox& mailbox_;
  std::unique_ptr<Connection> connection_;

  std::unique_ptr<Running> running_;
  std::map<std::string, Ended> ended_;  // by attempt
  std::string running_directory_;
  v1::Welcome welcome_;
  bool connected_ = false;
  bool draining_ = false;
  bool stopping_ = false;
  bool leaving_ = false;  // said so to the daemon
  Clock::time_point last_contact_ = Clock::now();
  Clock::time_point idle_since_ = Clock::now();
  Clock::time_point last_repeat_ = Clock::now();
  Clock::time_point stop_asked_;
  std::optional<Status> end_;  // set when Run shall return
};

}  // namespace flywheel
