#include "workers/agent/connection.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <deque>

#include "base/io/log.h"
#include "flywheel/v1/worker_service.grpc.pb.h"
#include "workers/agent/channel.h"

namespace flywheel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kLastBackoff{5000};
constexpr double kDefaultHeartbeat_s = 10;
// Beyond these the daemon does not read: what can be said again is dropped.
constexpr size_t kProgressQueue = 16;
constexpr size_t kQueue = 1024;
// A write that the daemon does not take for so many heartbeats means that it is not there.
constexpr int kSilentBeats = 12;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // The loop here waits between attempts; a second back-off below it would only hide that.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  auto channel = OpenChannel(address, arguments);
  // Kept for the life of the process: when the last channel with callbacks goes, gRPC 1.51 frees
  // its completion queue twice. There is one for every address that the daemon has had.
  static auto* const kept = new std::vector<std::shared_ptr<grpc::Channel>>();
  kept->push_back(channel);
  return channel;
}

}  // namespace

// One call of Connect. Owns itself until gRPC is done with it; one write in flight.
class Connection::Stream : public grpc::ClientBidiReactor<v1::WorkerMessage, v1::DaemonMessage> {
 public:
  static std::shared_ptr<Stream> Start(const std::shared_ptr<grpc::Channel>& channel,
                                       const v1::Hello& hello, Mailbox& mailbox) {
    std::shared_ptr<Stream> stream(new Stream(channel, mailbox));
    stream->self_ = stream;
    stream->stub_->async()->Connect(&stream->context_, stream.get());
    v1::WorkerMessage first;
    *first.mutable_hello() = hello;
    stream->Send(std::move(first));
    // Writes are started from threads that gRPC does not know: without the hold the call could end,
    // and be freed, under their hands.
    stream->AddHold();
    stream->StartRead(&stream->incoming_);
    stream->StartCall();
    return stream;
  }

  void Send(v1::WorkerMessage message) {
    const std::lock_guard lock(mutex_);
    const size_t limit = message.has_progress() ? kProgressQueue : kQueue;
    if (broken_ || closing_ || queue_.size() >= limit) return;
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) StartWrite(&queue_.front());
  }

  void HalfClose() {
    const std::lock_guard lock(mutex_);
    if (broken_ || closing_) return;
    closing_ = true;
    if (queue_.empty()) StartWritesDone();
  }

  void Cancel() { context_.TryCancel(); }

  // Writes that were finished so far: a heart that beats unheard shows here.
  int64_t written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  // Waits until the next heartbeat is due, which Welcome may bring forward; true when the stream
  // has ended.
  bool WaitForBeat() {
    const auto start = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!ended_) {
      const auto due = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                   std::chrono::duration<double>(heartbeat_s_));
      if (changed_.wait_until(lock, due) == std::cv_status::timeout) break;
    }
    return ended_;
  }

  bool welcomed() {
    const std::lock_guard lock(mutex_);
    return welcomed_;
  }
  Status status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      {
        const std::lock_guard lock(mutex_);
        broken_ = true;  // no write is started from here on
      }
      RemoveHold();
      return;
    }
    if (incoming_.has_welcome()) {
      const std::lock_guard lock(mutex_);
      welcomed_ = true;
      if (incoming_.welcome().heartbeat_s() > 0) heartbeat_s_ = incoming_.welcome().heartbeat_s();
      changed_.notify_all();
    }
    mailbox_.Post(std::move(incoming_));
    incoming_ = v1::DaemonMessage();
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return;  // the end follows, with its reason
    const std::lock_guard lock(mutex_);
    ++written_;
    queue_.pop_front();
    if (broken_) return;
    if (!queue_.empty()) {
      StartWrite(&queue_.front());
    } else if (closing_) {
      StartWritesDone();
    }
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Stream> self = std::move(self_);
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      status_ = status.ok()
                    ? OkStatus()
                    : Status(static_cast<StatusCode>(status.error_code()), status.error_message());
    }
    changed_.notify_all();
  }

 private:
  Stream(const std::shared_ptr<grpc::Channel>& channel, Mailbox& mailbox)
      : mailbox_(mailbox), stub_(v1::WorkerService::NewStub(channel)) {}

  Mailbox& mailbox_;
  std::unique_ptr<v1::WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  v1::DaemonMessage incoming_;  // touched by reads alone, of which one is in flight
  std::shared_ptr<Stream> self_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::WorkerMessage> queue_;  // guarded; the front is being written
  bool closing_ = false;
  bool broken_ = false;
  bool ended_ = false;
  bool welcomed_ = false;
  int64_t written_ = 0;
  double heartbeat_s_ = kDefaultHeartbeat_s;
  Status status_;
};

Connection::Connection(std::function<Result<std::string>()> address, Mailbox& mailbox)
    : address_(std::move(address)), mailbox_(mailbox) {}

Connection::~Connection() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_) stream_->Cancel();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Connection::SetHello(const v1::Hello& hello) {
  const std::lock_guard lock(mutex_);
  hello_ = hello;
}

void Connection::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Connection::Send(v1::WorkerMessage message) {
  const std::lock_guard lock(mutex_);
  if (stream_) stream_->Send(std::move(message));
}

void Connection::HalfClose() {
  const std::lock_guard lock(mutex_);
  if (stream_) stream_->HalfClose();
}

// The heart: until the stream ends.
void Connection::Beat(const std::shared_ptr<Stream>& stream) {
  int64_t written = -1;
  int unheard = 0;
  while (true) {
    if (stream->WaitForBeat()) return;
    const int64_t now = stream->written();
    unheard = now == written ? unheard + 1 : 0;
    written = now;
    if (unheard >= kSilentBeats) stream->Cancel();
    v1::WorkerMessage message;
    {
      const std::lock_guard lock(mutex_);
      *message.mutable_heartbeat()->mutable_running() = hello_.running();
    }
    stream->Send(std::move(message));
  }
}

void Connection::Loop() {
  milliseconds backoff = kFirstBackoff;
  // One channel as long as the address is the same.
  std::shared_ptr<grpc::Channel> channel;
  std::string channel_address;
  while (true) {
    Status status;
    const auto address = address_();
    if (!address.ok()) {
      status = address.status();
    } else {
      if (!channel || channel_address != *address) channel = MakeChannel(*address);
      channel_address = *address;
      std::shared_ptr<Stream> stream;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        stream = stream_ = Stream::Start(channel, hello_, mailbox_);
      }
      Beat(stream);
      status = stream->status().WithContext(*address);
      if (stream->welcomed()) backoff = kFirstBackoff;
    }
    std::unique_lock lock(mutex_);
    stream_.reset();
    if (stopping_) return;
    mailbox_.Post(Disconnected{status});
    changed_.wait_for(lock, backoff, [&] { return stopping_; });
    if (stopping_) return;
    backoff = std::min(2 * backoff, kLastBackoff);
  }
}

}  // namespace flywheel
