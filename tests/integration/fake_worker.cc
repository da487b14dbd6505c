#include "tests/integration/fake_worker.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "orchestrator/wire/task_codec.h"
#include "tests/support/fake_results.h"

namespace flywheel::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};

}  // namespace

v1::Hello FakeWorker::MakeHello(const std::string& worker_id) {
  v1::Hello hello;
  hello.set_worker_id(worker_id);
  hello.set_host("test-host");
  hello.set_cpus(4);
  hello.set_memory_mb(8192);
  hello.set_pid(::getpid());
  hello.set_version("test");
  for (const char* kind : {"prepare", "score", "judge", "analyze", "generate", "train"}) {
    hello.add_kinds(kind);
  }
  return hello;
}

v1::WorkerMessage FakeWorker::FinishedMessage(const v1::Assign& assign) {
  v1::WorkerMessage message;
  v1::Finished& finished = *message.mutable_finished();
  finished.set_attempt(assign.task().attempt());
  finished.set_fencing_token(assign.fencing_token());
  *finished.mutable_succeeded() = ToProto(FakeResult(FromProto(assign.task()), FakeOutcome{}));
  finished.set_seconds(0.5);
  return message;
}

FakeWorker::FakeWorker(std::shared_ptr<grpc::Channel> channel, v1::Hello hello, Mode mode)
    : mode_(mode), stub_(v1::WorkerService::NewStub(channel)), stream_(stub_->Connect(&context_)) {
  v1::WorkerMessage first;
  *first.mutable_hello() = std::move(hello);
  Send(first);
  reader_ = std::thread([this] { Read(); });
}

FakeWorker::~FakeWorker() {
  context_.TryCancel();
  reader_.join();
}

void FakeWorker::Read() {
  v1::DaemonMessage message;
  while (stream_->Read(&message)) {
    if (mode_ == Mode::kAnswersAll && message.has_assign()) SendFinished(message.assign());
    std::lock_guard lock(mutex_);
    received_.push_back(message);
    changed_.notify_all();
  }
  const grpc::Status status = stream_->Finish();
  std::lock_guard lock(mutex_);
  end_ = status;
  changed_.notify_all();
}

void FakeWorker::Send(const v1::WorkerMessage& message) {
  std::lock_guard lock(write_mutex_);
  stream_->Write(message);
}

void FakeWorker::SendFinished(const v1::Assign& assign) { Send(FinishedMessage(assign)); }

void FakeWorker::SendHeartbeat(const v1::Assign& assign) {
  v1::WorkerMessage message;
  v1::HeldAttempt& held = *message.mutable_heartbeat()->add_running();
  held.set_attempt(assign.task().attempt());
  held.set_fencing_token(assign.fencing_token());
  Send(message);
}

v1::DaemonMessage FakeWorker::WaitFor(MessageCase kind) {
  std::unique_lock lock(mutex_);
  const auto find = [&] {
    return std::find_if(received_.begin(), received_.end(),
                        [&](const auto& message) { return message.message_case() == kind; });
  };
  const bool arrived = changed_.wait_for(
      lock, kPatience, [&] { return find() != received_.end() || end_.has_value(); });
  INFO("waiting for message " << static_cast<int>(kind)
                              << ", stream ended: " << (end_ ? end_->error_message() : "no"));
  REQUIRE(arrived);
  const auto found = find();
  REQUIRE(found != received_.end());
  v1::DaemonMessage message = *found;
  received_.erase(found);
  return message;
}

v1::Welcome FakeWorker::WaitForWelcome() { return WaitFor(MessageCase::kWelcome).welcome(); }
v1::Assign FakeWorker::WaitForAssign() { return WaitFor(MessageCase::kAssign).assign(); }
v1::Cancel FakeWorker::WaitForCancel() { return WaitFor(MessageCase::kCancel).cancel(); }
v1::Acknowledge FakeWorker::WaitForAcknowledge() {
  return WaitFor(MessageCase::kAcknowledge).acknowledge();
}

grpc::Status FakeWorker::WaitForEnd() {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, kPatience, [&] { return end_.has_value(); }));
  return *end_;
}

}  // namespace flywheel::testing
