// A worker that does no work: it speaks worker_service.proto with a daemon from inside the test.
// Either the test says what it answers, or it answers every task with a plausible result.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "flywheel/v1/worker_service.grpc.pb.h"

namespace flywheel::testing {

class FakeWorker {
 public:
  enum class Mode { kByHand, kAnswersAll };

  FakeWorker(std::shared_ptr<grpc::Channel> channel, v1::Hello hello, Mode mode);
  // Breaks the stream.
  ~FakeWorker();

  // The next message of the kind from the daemon; the test fails when none comes.
  v1::Welcome WaitForWelcome();
  v1::Assign WaitForAssign();
  v1::Cancel WaitForCancel();
  v1::Acknowledge WaitForAcknowledge();
  // How the daemon ended the stream.
  grpc::Status WaitForEnd();

  void Send(const v1::WorkerMessage& message);
  void SendFinished(const v1::Assign& assign);
  void SendHeartbeat(const v1::Assign& assign);

  static v1::Hello MakeHello(const std::string& worker_id);
  // Finished with what a task of this kind would hand back.
  static v1::WorkerMessage FinishedMessage(const v1::Assign& assign);

 private:
  using MessageCase = v1::DaemonMessage::MessageCase;

  void Read();
  v1::DaemonMessage WaitFor(MessageCase kind);

  const Mode mode_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::WorkerService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WorkerMessage, v1::DaemonMessage>> stream_;
  std::mutex write_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::DaemonMessage> received_;  // guarded
  std::optional<grpc::Status> end_;         // guarded
  std::thread reader_;
};

}  // namespace flywheel::testing
