#include "tests/integration/health_probe.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/integration/daemon_process.h"

namespace flywheel::testing {
namespace {

constexpr int kLengthDelimited = 2;

// HealthCheckResponse{status}: one small number in field 1.
Health ReadHealth(const std::string& bytes) {
  if (bytes.empty()) return Health::kUnknown;
  if (bytes.size() != 2 || bytes[0] != '\x08') return Health::kEnded;
  return static_cast<Health>(bytes[1]);
}

}  // namespace

grpc::ByteBuffer TextMessage(int field, const std::string& text) {
  REQUIRE(text.size() < 128);
  std::string bytes;
  if (!text.empty()) {
    bytes += static_cast<char>(field << 3 | kLengthDelimited);
    bytes += static_cast<char>(text.size());
    bytes += text;
  }
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return "unreadable";
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

Health CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                          TextMessage(1, service), &queue);
  call->StartCall();
  call->Finish(&response, &status, &queue);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status.ok() ? ReadHealth(Bytes(response)) : Health::kEnded;
}

RawStream::RawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method)
    : stub_(channel) {
  SetDeadline(context_);
  call_ = stub_.PrepareCall(&context_, method, &queue_);
  call_->StartCall(this);
  started_ = Done();
}

RawStream::~RawStream() {
  context_.TryCancel();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool RawStream::Write(const grpc::ByteBuffer& message) {
  call_->Write(message, this);
  return Done();
}

std::string RawStream::Read() {
  grpc::ByteBuffer message;
  call_->Read(&message, this);
  return Done() ? Bytes(message) : "end";
}

bool RawStream::Done() {
  void* tag = nullptr;
  bool ok = false;
  return queue_.Next(&tag, &ok) && ok;
}

HealthWatch::HealthWatch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service)
    : stream_(channel, "/grpc.health.v1.Health/Watch") {
  REQUIRE(stream_.started());
  REQUIRE(stream_.Write(TextMessage(1, service)));
}

Health HealthWatch::Next() {
  const std::string bytes = stream_.Read();
  return bytes == "end" ? Health::kEnded : ReadHealth(bytes);
}

}  // namespace flywheel::testing
